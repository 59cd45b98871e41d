# The page is made by running the program.  A tarball carries it, for builds whose programs do not run here.
dist_man_MANS = man/laconic.1
EXTRA_DIST += man/laconic.1.in man/make-page
CLEANFILES += man/laconic.1
man/laconic.1: man/laconic.1.in man/make-page laconic$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && \
	if test "$(cross_compiling)" != yes && \
	  $(SHELL) $(srcdir)/man/make-page ./laconic$(EXEEXT) $(srcdir)/man/laconic.1.in $(PACKAGE_VERSION) $(pkgdatadir) > $@.tmp; \
	then mv $@.tmp $@; \
	else rm -f $@.tmp; test -f $@ || cp $(srcdir)/man/laconic.1 $@; fi
