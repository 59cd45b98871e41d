# Programs that use the library: make check builds and runs them, make install installs the sources in PREFIX/share/laconic/examples.
check_PROGRAMS += examples/ef21
nobase_dist_pkgdata_DATA += examples/README.md examples/ef21.c
nobase_dist_pkgdata_SCRIPTS += examples/table.py
