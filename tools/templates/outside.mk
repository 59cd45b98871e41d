# @NAME@ for laconic, in a shared object: make, and make check.  export LACONIC_PLUGINS=$PWD, and every command knows it.
LACONIC = laconic
CFLAGS = -g -O3 -Wall -Wextra -Wno-missing-field-initializers

# No fused multiply-add, so that every processor gives the same bits.
@NAME@.so: @NAME@.c
	$(CC) -std=gnu11 -ffp-contract=off -fno-math-errno -fno-trapping-math -fPIC -shared $(CFLAGS) \
	  $$(pkg-config --cflags laconic) $< -o $@

export LACONIC_PLUGINS = $(CURDIR)

check: @NAME@.so
	$(LACONIC) @CHECK@
clean:
	rm -f @NAME@.so

.PHONY: check clean
