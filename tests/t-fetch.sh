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
(ulimit -f 0; exec sh "$srcdir/datasets/fetch" plain --to "$work/bad" --mirror "$mirror" 2>&1) | cat > "$work/out"
ok "files of a limited size: exit 1, one sentence" \
  eval '[ '${PIPESTATUS[0]}' = 1 ] && [ "$(wc -l < out)" = 1 ] && grep -q "^fetch: cannot write to .*is there room" out'
ok "... and nothing is stored" test -z "$(ls -A "$work/bad")"
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
ok "an empty --mirror" refuses "mirror is empty" plain --mirror=
ok "an empty --to" refuses "to is empty" plain --to ''
ok "a folder that looks like an option" fetch plain --to=--out --mirror "$mirror"
ok "... is one" same ./--out/plain "$fixtures/tiny"

# ---- nothing is written outside of --to ----

# The right bytes everywhere on the mirror, so that only the names are wrong.
mkdir -p jail/to jail/outside jail/mirror/sub/deep jail/elsewhere
for at in escape sub/inner .hidden -x 'a b' 'new
line' 'star*'; do cp "$fixtures/tiny" "jail/mirror/$at"; done
cp "$fixtures/tiny" jail/escape.bz2
cp "$fixtures/tiny" jail/mirror/images
number=0
: > MANIFEST
line() { printf '%s\t%s\t10\t6\t17\t%s\t%s\tmade up%s\n' "$1" "$2" "$sha" "$3" "${4:-}" >> MANIFEST; }      # NAME FILE SOURCE LABELS
for file in ../escape ../../escape sub/deep/inner sub/../../escape sub/ sub/. .hidden/inner "$work/jail/outside/absolute" \
  /etc/laconic-escape . .. ../ ./escape .hidden \
  -x 'a b' 'star*' "$(printf 'esc\033[2J')" '~/escape' '..\\escape' '%2e%2e%2fescape' 'a:b'; do
  number=$((number + 1))
  line "mirrored$number" "$file" "https://example.invalid/$file"
  line "sourced$number" "$file" "file://$work/jail/mirror/$file"
  line "labelled$number" images "file://$work/jail/mirror/images" "$(printf '\t%s\t%s' "$file" "$sha")"
done
tree() { (cd "$work/jail" && find . -path ./to -prune -o -print | LC_ALL=C sort) && ls -d /etc/laconic-escape 2> /dev/null; }
export LACONIC_MANIFEST=$work/MANIFEST
tree > before
strays=0
for kind in mirrored sourced labelled; do
  for i in $(seq $number); do
    set -- "$kind$i" --to "$work/jail/to"
    if [ $kind != sourced ]; then set -- "$@" --mirror "file://$work/jail/mirror"; fi
    refuses "no plain name; nothing was stored" "$@" || { strays=$((strays + 1)); echo "# $kind$i: $(head -n 1 out)"; }
  done
done
ok "of $((3 * number)) names of files that are no plain names, all are refused: $strays are not" test $strays -eq 0
ok "... with nothing in the folder" test -z "$(ls -A jail/to)"
tree > after
ok "... and nothing beside it" same before after
: > MANIFEST
line inside plain "https://example.invalid/plain"
ln -s ../outside jail/to/plain
ok "a link to a folder in the place of the file" refuses "is a folder, or a link to one" inside --to jail/to --mirror "$mirror"
ok "... receives nothing" test -z "$(ls -A jail/outside)"
rm jail/to/plain && ln -s ../outside/victim jail/to/plain && echo mine > jail/outside/victim
ok "a link to a file in its place" fetch inside --to jail/to --mirror "$mirror"
ok "... is replaced" test ! -L jail/to/plain
ok "... and what it led to is left alone" test "$(cat jail/outside/victim)" = mine
rm jail/to/plain && ln -s ../outside/new jail/to/plain
ok "a link to nowhere" fetch inside --to jail/to --mirror "$mirror"
ok "... is replaced" test ! -L jail/to/plain -a ! -e jail/outside/new
rm -rf jail/to/plain jail/mirror/plain* && mkfifo jail/mirror/plain && ln -s /dev/zero jail/mirror/plain.bz2 && ln -s . jail/mirror/plain.xz
ok "a mirror with a pipe, a device and a folder for the file" refuses "has no plain" inside --to jail/to --mirror "file://$work/jail/mirror"
line foldered sub/inner "https://example.invalid/inner" "$(printf '\tinner\t%s\tsome-package' "$sha")"
ok "a file in a folder of its own, and its labels" fetch foldered --to jail/to --mirror "file://$work/jail/mirror"
ok "... come to a folder of that name" same jail/to/sub/inner "$fixtures/tiny"
ok "a package is named where there is one" refuses "apt-get install some-package" foldered --to bad
cd "$work" || exit 99
ok "no temporary files are left" no_leftovers
unset LACONIC_MANIFEST
ok "--list" fetch --list
ok "... names the sets" grep -q '^a9a ' "$work/out"
ok "--help" fetch --help
ok "... explains --mirror" grep -q -e '--mirror URL' "$work/out"
finish
