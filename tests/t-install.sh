#!/bin/bash
# make install: what is installed is complete, and a program outside the tree builds with pkg-config alone.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
[ -n "${PKG_CONFIG:=$(command -v pkg-config)}" ] || skip_all "no pkg-config"
read -ra cc <<< "${CC:-cc}"

ok() {      # WORDS COMMAND...: what it says is shown when it fails
  local words=$1 status
  shift
  "$@" > "$work/out" 2>&1
  status=$?
  report $status "$words"
  if [ $status -ne 0 ] && selected "$words"; then sed 's/^/# /' "$work/out"; fi
}

# ---- a machine without network, a user without sudo: one sentence (with stand-ins for apt-get, sudo and id) ----

mkdir "$work/quick" "$work/bin"
sed 's/^xz-utils .*/&\nno-such-package         file \/nonexistent/' "$srcdir/quickstart" > "$work/quick/quickstart"
printf '#!/bin/sh\nfor i in 1 2 3; do echo "E: Temporary failure resolving archive"; done\nexit 100\n' > "$work/bin/apt-get"
printf '#!/bin/sh\nexit 1\n' > "$work/bin/sudo"
chmod +x "$work/bin/apt-get" "$work/bin/sudo"
quick() { PATH=$work/bin:$PATH sh "$work/quick/quickstart" < /dev/null 2>&1; }
says() { quick | grep '^quickstart: ' | grep -q "$1" && [ "$(quick | grep -c '^quickstart: ')" = 1 ] && ! quick | grep 'E: '; }
as() { printf '#!/bin/sh\necho %s\n' "$1" > "$work/bin/id" && chmod +x "$work/bin/id"; }
as 0
ok "quickstart without a network: one sentence" says "cannot download packages; connect this machine to the network"
as 1000
ok "quickstart without sudo: one sentence" says "these packages are missing, and installing them needs apt-get and root or sudo"
ok "... and the command" sh -c '"$@" 2>&1 < /dev/null | grep -q "^  sudo apt-get update && sudo apt-get install .* no-such-package"' sh \
  env PATH="$work/bin:$PATH" sh "$work/quick/quickstart"

# ---- a cross build: nothing that was built is run ----

if [ -x "$srcdir/configure" ] && [ ! -e "$srcdir/config.status" ]; then      # configure refuses a tree that was built in place
  mkdir "$work/cross"
  cross() { (cd "$work/cross" && "$srcdir/configure" -q --build=x86_64-pc-linux-gnu --host=x86_64-cross-linux-gnu CC="${CC:-cc}" \
    PKG_CONFIG="$PKG_CONFIG" AR=ar RANLIB=ranlib); }
  ok "configure for another machine runs no program of it" cross
  ok "... and knows it" grep -q '^cross_compiling = yes' "$work/cross/Makefile"
fi
ok "a manual page without the program" sh -c 'sh "$1/tools/man/make-page" "" "$1/tools/man/laconic.1.in" 0 /data > page &&
  grep -q "^.TH" page && ! grep "@[A-Z]*@" page && grep -q "laconic help" page' sh "$srcdir"

# MAKEFLAGS of a make above would hand down its own variables and job server
unset MAKEFLAGS MFLAGS MAKELEVEL
root=$work/root
ok "make install" make -C "$builddir" install DESTDIR="$root" V=1
pc=$(find "$root" -name laconic.pc)
ok "laconic.pc is there" test -f "$pc"
prefix=$root$(sed -n 's/^prefix=//p' "$pc")
flags() { PKG_CONFIG_PATH=$(dirname "$pc") "$PKG_CONFIG" --define-variable=prefix="$prefix" "$@" laconic; }
read -ra cflags <<< "$(flags --cflags)"
read -ra libs <<< "$(flags --libs)"
include=$(flags --variable=includedir)/laconic

cat > "$work/user.c" <<'END'
#include <laconic.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
  size_t compressors = 0;
  lac_entry e;
  for (; lac_registry_entry(LAC_COMPRESSORS, compressors, &e); compressors++)
    puts(e.name);
  lac_compressor c = { 0 };
  double x[4] = { 1, -3, 2, 0 }, y[4] = { 0 };
  lac_msg m = { 0 };
  lac_site s = { 0 };
  if (lac_compressor_open(&c, "user", "topk:k=1") == LAC_OK)
    s = lac_site_of(&c, 4);
  if (!c.type || lac_encode(&s, x, &m) != LAC_OK || lac_decode_add(&s, 1, &m, y) != LAC_OK) {
    fprintf(stderr, "%s\n", lac_error());
    return 1;
  }
  lac_compressor_close(&c);
  lac_msg_free(&m);
  return compressors == 0 || y[0] != 0 || y[1] != -3 || y[2] != 0 || y[3] != 0;
}
END
strict=(-std=c11 -pedantic-errors -Wall -Wextra -Werror)
ok "a program compiles with pkg-config --cflags" "${cc[@]}" "${strict[@]}" "${cflags[@]}" -c "$work/user.c" -o "$work/user.o"
ok "and links with pkg-config --libs" "${cc[@]}" "$work/user.o" "${libs[@]}" -o "$work/user"
ok "and runs" "$work/user"
"$work/user" > "$work/names"
"$prefix/bin/laconic" list --names compressors > "$work/want"
ok "and knows the compressors that laconic knows" cmp "$work/names" "$work/want"

headers=$(cd "$include" && find . -name '*.h' | sed 's@^\./@@' | sort)
for header in $headers; do
  printf "#include <%s>\nint user;\n" "$header" > "$work/alone.c"
  ok "$header needs no other header before it" "${cc[@]}" "${strict[@]}" "${cflags[@]}" -fsyntax-only "$work/alone.c"
done
printf '#include <%s>\n' $headers > "$work/together.c"
ok "all installed headers in one program" "${cc[@]}" "${strict[@]}" "${cflags[@]}" -fsyntax-only "$work/together.c"

data=$prefix/share/laconic
ok "an installed experiment file runs" "$prefix/bin/laconic" run "$data/reports/quickstart/quickstart.ini" --rounds=3 \
  --results="$work/results"
ok "the installed example compiles as its page says" \
  "${cc[@]}" "${strict[@]}" "$data/examples/ef21.c" "${cflags[@]}" "${libs[@]}" -o "$work/ef21"
# shellcheck disable=SC2016
ok "... and gives what the one in the tree gives" \
  sh -c '"$1" topk:k=2 > a && "$2" topk:k=2 > b && cmp a b' sh "$work/ef21" "$builddir/examples/ef21"
ok "the installed fetch finds its manifest" sh "$data/datasets/fetch" --list
ok "the completion parses" bash -n "$data/../bash-completion/completions/laconic"
page=$data/../man/man1/laconic.1
ok "the manual page names every compressor" sh -c "while read -r name; do grep -q \"^.B \$name\\\$\" '$page' || exit 1; done < '$work/want'"
# shellcheck disable=SC2016
ok "make uninstall leaves no file" sh -c 'make -C "$1" uninstall DESTDIR="$2" && ! find "$2" -type f | grep .' sh "$builddir" "$root"
ok "... and no folder of its own" sh -c '! find "$1" -type d -name laconic | grep .' sh "$root"

finish
