# The page is made by running the program.  A tarball carries it, for builds whose programs do not run here.
dist_man_MANS = tools/man/laconic.1
EXTRA_DIST += tools/man/laconic.1.in tools/man/make-page
CLEANFILES += tools/man/laconic.1
tools/man/laconic.1: tools/man/laconic.1.in tools/man/make-page laconic$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) tools/man && \
	if test "$(cross_compiling)" != yes && \
	  $(SHELL) $(srcdir)/tools/man/make-page ./laconic$(EXEEXT) $(srcdir)/tools/man/laconic.1.in $(PACKAGE_VERSION) $(pkgdatadir) > $@.tmp; \
	then mv $@.tmp $@; \
	else rm -f $@.tmp; test -f $@ || cp $(srcdir)/tools/man/laconic.1 $@; fi
