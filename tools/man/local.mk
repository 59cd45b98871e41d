# The page is made by running the program.  A tarball carries it, for builds whose programs do not run here; those of a checkout get a page
# that sends its reader to the program.
dist_man_MANS = tools/man/laconic.1
EXTRA_DIST += tools/man/laconic.1.in tools/man/make-page
CLEANFILES += tools/man/laconic.1
tools/man/laconic.1: tools/man/laconic.1.in tools/man/make-page laconic$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) tools/man && \
	make_page() { \
	  $(SHELL) $(srcdir)/tools/man/make-page "$$1" $(srcdir)/tools/man/laconic.1.in $(PACKAGE_VERSION) $(pkgdatadir) > $@.tmp && mv $@.tmp $@; \
	} && \
	if test "$(cross_compiling)" != yes && make_page ./laconic$(EXEEXT); then :; \
	elif rm -f $@.tmp; test -f $@; then :; \
	elif test -f $(srcdir)/tools/man/laconic.1; then cp $(srcdir)/tools/man/laconic.1 $@; \
	else test "$(cross_compiling)" = yes && make_page ''; fi
