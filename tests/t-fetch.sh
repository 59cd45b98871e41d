#!/bin/bash
# datasets/fetch, offline: a mirror in a folder, with a manifest of its own.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
fetch() { sh "$srcdir/datasets/fetch" "$@" > "$work/out" 2>&1; }
refuses() {      # WORDS ARGUMENTS...: exit 1 with one sentence that holds the words
  local words=$1
  shift
  ! fetch "$@" && [ "$(wc -l < "$work/out")" -eq 1 ] && grep -q -- "$words" "$work/out"
}
same() { cmp -s "$1" "$2"; }
no_leftovers() { [ -z "$(find "$work" -name '.fetch*')" ]; }

fixtures=$srcdir/datasets/fixtures
mkdir "$work/mirror" "$work/bad"
cp "$fixtures/tiny" "$work/mirror/plain"
cp "$fixtures/tiny.bz2" "$work/mirror/packed.bz2"
cp "$fixtures/tiny.xz" "$work/mirror/squeezed.xz"
cp "$fixtures/cut.xz" "$work/mirror/cut.xz"
cp "$fixtures/crlf" "$work/mirror/wrong"
sha=$(sha256sum "$fixtures/tiny" | cut -d ' ' -f 1)
export LACONIC_MANIFEST=$work/MANIFEST
for name in plain packed squeezed wrong cut missing; do
  printf '%s\t%s\t10\t6\t17\t%s\thttps://example.invalid/%s\tmade up\n' "$name" "$name" "$sha" "$name"
done > "$LACONIC_MANIFEST"
printf 'archived\tpart\t10\t6\t17\t%s\thttps://example.invalid/all.tar\tmade up\n' "$sha" >> "$LACONIC_MANIFEST"
mirror=file://$work/mirror
unset LACONIC_DATA

ok "a plain file arrives" fetch plain --to "$work/data" --mirror "$mirror"
ok "... with the same bytes" same "$work/data/plain" "$fixtures/tiny"
ok "a .bz2 and a .xz in one call" fetch packed squeezed --to="$work/data" --mirror="$mirror/"
ok "... stored as they came (bz2)" same "$work/data/packed.bz2" "$fixtures/tiny.bz2"
ok "... stored as they came (xz)" same "$work/data/squeezed.xz" "$fixtures/tiny.xz"
ok "a second call finds it there" fetch plain --to "$work/data" --mirror file:///nonexistent
ok "... and says so" grep -q "there already" "$work/out"
ok "other bytes are refused" refuses "SHA-256 differs" wrong --to "$work/bad" --mirror "$mirror"
ok "a file cut short is refused" refuses "SHA-256 differs" cut --to "$work/bad" --mirror "$mirror"
ok "... and nothing is stored" test -z "$(ls "$work/bad")"
ok "a mirror without the file" refuses "has no missing" missing --to "$work/bad" --mirror "$mirror"
ok "a source that is an archive" refuses "use --mirror" archived --to "$work/bad"
ok "an unknown name" refuses "no data set nope" nope --mirror "$mirror"
ok "an unknown option" refuses "no option --form" --form plain
ok "an option without its value" refuses "needs a value" plain --to
ok "no name" refuses "name a data set"
LACONIC_DATA=$work/first:$work/second
export LACONIC_DATA
ok "the first folder of LACONIC_DATA is the default" fetch plain --mirror "$mirror"
ok "... there" same "$work/first/plain" "$fixtures/tiny"
unset LACONIC_DATA
ok "./data is the last resort" fetch plain --mirror "$mirror"
ok "... there" same data/plain "$fixtures/tiny"
ok "no temporary files are left" no_leftovers
unset LACONIC_MANIFEST
ok "--list" fetch --list
ok "... names the sets" grep -q '^a9a ' "$work/out"
ok "--help" fetch --help
ok "... explains --mirror" grep -q -e '--mirror URL' "$work/out"
finish
