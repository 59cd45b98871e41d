#!/bin/bash
# tools/new-module: what it writes builds, keeps every contract and style; what it cannot do it refuses.  Builds a copy of the tree.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
[ -n "${LACONIC_SLOW:-}" ] || skip_all "builds a copy of the tree: make check-slow"
[ -f "$builddir/config.status" ] || skip_all "no config.status in $builddir"

cp -R "$srcdir" tree && chmod -R u+w tree || exit 99
if [ -f tree/config.status ]; then (cd tree && make -s distclean > ../distclean.log 2>&1); fi
rm -rf tree/.git tree/build
new() { (cd tree && tools/new-module "$@"); }

refused() {      # WORDS PART ARGUMENTS...
  local words=$1 part=$2
  shift 2
  new "$@" > out 2> err
  [ $? -eq 1 ] && [ ! -s out ] && grep -q "$part" err
  report $? "refused: $words"
}
refused "no arguments" Usage
refused "a strange kind" "no kind of module 'thing'" thing name
for bad in Name 9lives a-b ../x "a b" "" _x; do refused "the name '$bad'" "is no name" compressor "$bad"; done
refused "a name that is taken" "algorithms/gradient/gd.c exists" algorithm gradient/gd
refused "... in another family" "gd is in algorithms/local.mk" algorithm federated/gd
refused "no family" "FAMILY one of" algorithm aaa
refused "a strange family" "no family 'nowhere'" algorithm nowhere/aaa
refused "a helper's name" "index is in compressors/local.mk" compressor index
find tree -name '*.new' > strays
is "nothing is left behind" "$(cat strays)" ""
for list in algorithms compressors harness/problems; do cmp -s "$srcdir/$list/local.mk" tree/$list/local.mk || echo $list; done > changed
is "no list has changed" "$(cat changed)" ""

# First, last and in between.
new algorithm error-feedback/aaa > out
report $? "a first algorithm: $(head -n 1 out)"
new compressor zzz > out
report $? "a last compressor: $(head -n 1 out)"
new problem middle > out
report $? "a problem in between: $(head -n 1 out)"
ordered() {      # VARIABLE FOLDER NAME
  sed -n "/^$1 = /,/[^\\\\]\$/p" "tree/$2/local.mk" | awk 'NR > 1 { print $1 }' > list
  LC_ALL=C sort -c list && grep -qx "$2/$3.c" list
}
ok "algorithms in order" ordered ALGORITHMS algorithms error-feedback/aaa
ok "compressors in order" ordered COMPRESSORS compressors zzz
ok "problems in order" ordered PROBLEMS harness/problems middle
refused "the same again" "algorithms/error-feedback/aaa.c exists" algorithm error-feedback/aaa

shown() { awk -v name="$2" '{ gsub(name, "mine") } 1' "$1" > plain; awk '
  NR == FNR { want = want $0 "\n"; next }
  /^```/ { inside = !inside; if (inside) text = ""; else if (text == want) found = 1; next }
  inside { text = text $0 "\n" }
  END { exit !found }' plain "$srcdir/harness/CONTRACTS.md"; }
ok "CONTRACTS.md shows the algorithm" shown tree/algorithms/error-feedback/aaa.c aaa
ok "... the compressor" shown tree/compressors/zzz.c zzz
ok "... the problem" shown tree/harness/problems/middle.c middle

mkdir build && cd build || exit 99
if [ ! -x ../tree/configure ]; then (cd ../tree && autoreconf -fi) > autoreconf.log 2>&1; fi
report $? "autoreconf"
as_here=$("$builddir/config.status" --config | sed "s/'*CFLAGS=[^']*'*//")
(eval "../tree/configure -q $as_here CFLAGS='-g -O1 -Werror'") > configure.log 2>&1
report $? "configure"
make -s laconic tests/t-compressors > make.log 2>&1
report $? "it builds without a warning"
sed -n '/warning\|error/{s/^/# /;p;}' make.log | head -n 20
ok "laconic lists them" sh -c './laconic list --names algorithms | grep -qx aaa && ./laconic list --names compressors | grep -qx zzz &&
  ./laconic list --names problems | grep -qx middle'
timeout 300 ./laconic certify aaa zzz > certify.out 2>&1
report $? "both certificates hold: $(tail -n 1 certify.out)"
timeout 300 "$MPIEXEC" -n 2 ./laconic certify --ranks=2 aaa > certify.out 2>&1
report $? "... and on two ranks: $(tail -n 1 certify.out)"
timeout 60 ./laconic run --problem=middle --algorithm=gd --rounds=3 --optimum=solve -o middle.h5 > run.out 2>&1
report $? "the problem runs, and its optimum is found"
timeout 60 ./laconic run --problem=middle --algorithm=aaa --up=zzz --x0=normal --rounds=3 -o all.h5 > run.out 2>&1
report $? "all three at once"
srcdir=../tree builddir=. LACONIC=./laconic bash ../tree/tests/check-style.sh > style.tap 2>&1
is "style" "$(grep -E '(aaa|zzz|middle)[.]c' style.tap)" ""
finish
