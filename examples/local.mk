# Programs that use the library, built and run by make check, and installed as sources: PREFIX/share/laconic/examples.
EXAMPLES = examples/ef21
check_PROGRAMS += $(EXAMPLES)
nobase_dist_pkgdata_DATA += examples/README.md examples/ef21.c
nobase_dist_pkgdata_SCRIPTS += examples/table.py
