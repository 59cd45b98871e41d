#!/bin/bash
# The rules that a program can check: what a file may touch, what plug-ins export, how text looks.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
cd "$srcdir" || exit 99
sources() { find algorithms compressors datasets harness tests -name '*.[ch]' | sort; }
texts() {
  find algorithms compressors datasets harness tests reports tools -name fixtures -prune -o -type f \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.ini' -o -name '*.gp' -o -name fetch \) -print 2> /dev/null | sort
}

# Nothing may be found: WORDS, then a command that prints offenders.
none() {
  local words=$1 found
  shift
  found=$("$@" 2>&1 | head -n 20)
  [ -z "$found" ]
  report $? "$words"
  if [ -n "$found" ] && selected "$words"; then printf '%s\n' "$found" | sed 's/^/# /'; fi
}
without() { grep -vE "^($1):" || true; }      # FILES, as one pattern

# A word in code, not in comments that stand alone or follow it.
mkdir "$work/code" && cp --parents $(sources) "$work/code" && chmod -R u+w "$work/code" &&
  (cd "$work/code" && sed -i -E 's@/\*.*\*/@@; s@^ *(/\*|\*).*@@; s@//.*@@' $(find . -name '*.[ch]'))
code() {      # PATTERN FILES...
  (cd "$work/code" && grep -nHE -- "$@")
}
# The doors: MPI in harness/ranks/ (main.c starts it), HDF5 in harness/store/; tests make hostile files by hand.
# Parallel HDF5 asks for a communicator.
mpi() {
  code '\bMPI_[A-Z]' $(sources) | without 'harness/(ranks/[a-z_]+\.[ch]|command/main\.c)|tests/fuzz-checkpoint\.c' |
    grep -vE '^harness/store/checkpoint.c:.*MPI_(Comm mpi;|INFO_NULL)'
}
hdf5() { code '\bH5[A-Z]*[a-z_]+ *\(|hdf5\.h' $(sources) | without 'harness/store/[a-z_]+\.[ch]|tests/(hostile|fuzz-[a-z]+)\.[ch]'; }
# The door to OpenBLAS: harness/base/blas.c.  GSL calls its own cblas, and so do tests.
blas() {
  code '\b(cblas_[a-z0-9]+|openblas_[a-z_]+|[sd](gemm|gemv|syrk|syevr)_) *\(' $(sources) |
    without 'harness/base/blas\.c|tests/t-(blas|lowrank)\.c'
}
plug_ins=$(find algorithms compressors -name '*.c' | grep -v /parts/)
bits() { code '[.>]nbits *(\+=|-=|=[^=]|\+\+)' $plug_ins; }
calls() { code "\\b($1) *\\(" $plug_ins; }
names=$(ls $plug_ins harness/problems/*.c | sed 's@.*/@@; s@\.c$@@' | paste -s -d '|')
dispatch() { code "strn?cmp *\\([^)]*\"($names)\"" $(find harness datasets -name '*.c'); }

none "MPI_ only in harness/ranks/ and main.c" mpi
none "HDF5 only in harness/store/" hdf5
none "OpenBLAS only in harness/base/blas.c" blas
none "plug-ins do not print" calls 'printf|fprintf|vprintf|puts|putchar|fputs|fwrite|perror'
none "plug-ins do not allocate" calls 'malloc|calloc|realloc|free|aligned_alloc|alloca|lac_alloc|lac_grow|strdup|gsl_[a-z]+_alloc'
none "plug-ins read no clock" calls 'clock|clock_gettime|time|gettimeofday|lac_seconds'
none "plug-ins draw from the stream that they were handed" \
  calls 'rand|random|srand|drand48|gsl_rng_alloc|gsl_rng_set|lac_rng_new|lac_rng_point'
none "plug-ins do not know the environment or their rank" calls 'getenv|lac_comm_[a-z]+|getpid|fopen|open'
none "plug-ins do not write the meter" bits
none "nobody chooses a plug-in by comparing its name" dispatch

# What users and files have named reaches a terminal through lac_print; the progress line has numbers alone.
says=$(ls harness/command/*.c harness/experiment/*.c | grep -v '/main.c$\|/progress.c$')
none "commands print through lac_print" code '\b(v?printf|puts) *\(|\bfprintf *\( *std(out|err)\b' $says

tab=$(printf '\t')
none "no tabs" grep -nE "$tab" $(texts)
none "no blanks at the end of a line" grep -nE " +$" $(texts)
none "no line beyond 140 columns" grep -nE '^.{141,}' $(texts)
marks='TO''DO|FIX''ME|XX''X|HA''CK'
none "nothing unfinished" grep -nE "\\b($marks)\\b" $(texts)
none "every file ends with a newline" sh -c 'for f; do [ -z "$(tail -c 1 "$f")" ] || echo "$f"; done' sh $(texts)
no_guard() { for f in $(find harness compressors datasets tests -name '*.h'); do grep -q '^#ifndef [A-Z_]*_H$' "$f" || echo "$f"; done; }
none "every header has its guard" no_guard

# ---- pages: what a text names is there ----

pages() { find ./*.md algorithms compressors datasets docs examples harness reports tests tools -name '*.md' | sed 's@^\./@@' | sort; }
links() {      # what stands in [...](...) and is no address and no heading
  grep -noE '\]\([^) ]+\)' $(pages) | sed -nE 's/^([^:]*):([0-9]+):\]\(([^):#]+)(#.*)?\)$/\1 \2 \3/p' | while read -r page line to; do
    [ -e "${page%"${page##*/}"}$to" ] || echo "$page:$line: there is no $to"
  done
}
# `name.c`, `folder/name.sh` and `folder/` in lower case must be the end of a path that is there, but for what the build makes.
named_files() {
  {
    find algorithms compressors datasets docs examples harness reports tests tools
    echo --
    grep -noE '`[a-z0-9_.-][a-z0-9_./-]*(\.(c|h|sh|py|mk|ini|claims)|/)`' $(pages) | tr -d '`' | grep -vE ':(build|figures|results)/'
  } | awk -F : '
    $0 == "--" { asks = 1; next }
    !asks { for (tail = $0; ; tail = substr(tail, at + 1)) { there[tail]; if (!(at = index(tail, "/"))) next } }
    { name = $3; sub(/\/$/, "", name); if (!(name in there)) print $1 ":" $2 ": there is no " $3 }'
}
# `name.c` and `folder/name.h` in a comment of a source must be the end of a path that is there, or made by the build.
commented_files() {
  {
    find algorithms compressors datasets docs examples harness reports tests tools
    printf '%s\n' harness/registry/registry_list.h tests/mutants/mutants_list.h --
    grep -noE '/\*.*|^ +[^ #].*|//.*' $(sources) | awk -F : '
      $1 != source { source = $1; inside = 0 }
      { text = substr($0, length($1 $2) + 3); out = ""
        while (text != "")
          if (inside) {
            at = index(text, "*/"); out = out " " (at ? substr(text, 1, at - 1) : text); text = at ? substr(text, at + 2) : ""; inside = !at
          } else {
            at = index(text, "/*"); text = at ? substr(text, at + 2) : ""; inside = at > 0
          }
        while (match(out, /[a-zA-Z0-9_.\/-]+\.[ch]([^a-zA-Z0-9_]|$)/)) {
          name = substr(out, RSTART, RLENGTH); sub(/[^a-zA-Z0-9_]$/, "", name)
          if (name !~ /[A-Z]/) print $1 ":" $2 ":" name
          out = substr(out, RSTART + RLENGTH)
        } }'
  } | awk -F : '
    $0 == "--" { asks = 1; next }
    !asks { for (tail = $0; ; tail = substr(tail, at + 1)) { there[tail]; if (!(at = index(tail, "/"))) next } }
    !($3 in there) { print $1 ":" $2 ": there is no " $3 }'
}
# Commands that a minimal system may not have and that are not on the list of quickstart: a script asks for them first.
foreign='ps|pgrep|pkill|pidof|killall|pstree|fuser|lsof|top|free|vmstat|watch|sysctl|xxd|hexdump|column|less|bc|dc|file|wget|jq|zip|unzip'
foreign="$foreign|zstd|lz4|strace|ltrace|gdb|valgrind|netstat|ss|ip|ping|nc|socat|ssh|rsync|git|ed|tree|sudo|expect|ruby|node"
foreign="$foreign|python|gawk|cmake|clang|clang-14|debootstrap|gs|pdftotext|pdfinfo|convert|xmllint|man|groff|gcov"
unasked_commands() {
  local script line name before='(^|[|;&(`!{]|(^|[[:space:]])(then|do|else|if|while|exec|env|nice|timeout +[^ ]+) )[[:space:]]*'
  for script in quickstart .ci/run tools/new-module tools/simulate datasets/fetch reports/ci/gate reports/ci/job tests/*.sh; do
    [ -f "$script" ] || continue
    sed -E "s/(^|[[:space:]])#.*//; s/^foreign=.*//; s/'[^']*'//g; s/\"[^\"\$]*\"//g" "$script" |
      grep -noE "$before($foreign)([[:space:];|]|\$)" | sed -E "s/^([0-9]+):(.*[^a-z0-9-])?($foreign)[[:space:];|]?\$/\1 \3/" |
      while read -r line name; do
        grep -qE "command -v .*\b$name\b|for [a-z]+ in .*\b$name\b|^ *$name\(\)" "$script" || echo "$script:$line: $name may not be there"
      done
  done
}
untold_tests() {      # tests/README.md has a row for every test, and for nothing else
  diff <(sed -nE 's@^  tests/((t|check)-[a-z0-9.-]+)( \\)?$@\1@p' tests/local.mk | sed -E '/[.]/!s/$/.c/' | sort) \
    <(sed -nE 's/^[|] `((t|check)-[a-z0-9.-]+)` .*/\1/p' tests/README.md | sort) |
    sed -n 's/^</not in tests\/README.md:/p; s/^>/not in tests\/local.mk:/p'
}
versions() { sed -n 's/^version: //p' CITATION.cff; sed -n 's/^AC_INIT(\[laconic\], \[\([^]]*\)\].*/\1/p' configure.ac; }
other_version() { [ "$(versions | sort -u | wc -l)" -eq 1 ] || versions; }
none "every link of a page leads to a file" links
none "every file that a page names is there" named_files
none "every file that a comment names is there" commented_files
none "scripts call what a minimal system has, or ask for it" unasked_commands
none "tests/README.md has every test" untold_tests
none "CITATION.cff has the version of configure.ac" other_version

# prove runs them as programs, make check does not care
not_programs() { for f in tests/t-*.sh tests/t-*.py tests/check-*.sh; do [ -x "$f" ] || echo "$f"; done; }
none "every test script is a program" not_programs

# ---- rooms: the table of harness/README.md says whom a room may include ----

# "ROOM USED" for every pair that the table allows; "all above" stands for the rows above, "not X, Y" takes some of them out.
allowed() {
  awk -F ' *[|] *' '/^[|] `/ {
    room = $2; gsub(/[`]/, "", room); sub(/^harness\//, "", room); sub(/\/$/, "", room)
    uses = $4; gsub(/ *[(][^)]*[)]/, "", uses); split("", out)
    if (uses ~ /all above/) {
      if (uses ~ /not /) { n = split(substr(uses, index(uses, "not ") + 4), o, /, */); for (i = 1; i <= n; i++) out[o[i]] = 1 }
      for (i = 1; i <= rows; i++) if (!(above[i] in out)) print room, above[i]
    } else { n = split(uses, u, /, */); for (i = 1; i <= n; i++) if (u[i] != "") print room, u[i] }
    print room, room
    above[++rows] = room
  }' harness/README.md
}
# "ROOM USED FILE:LINE" for every include of one of our headers.
includes() {
  [ -f "$work/includes" ] || find_includes > "$work/includes"
  cat "$work/includes"
}
find_includes() {
  local files; files=$(find algorithms compressors datasets harness -name '*.[ch]')
  { printf '%s\n' $files --; grep -nE '^ *# *include "' $files | grep -v '^harness/[^/]*:' | sed -E 's/: *# *include "([^"]*)".*/:\1/'; } |
    awk -F : '
      function room(path, part) { split(path, part, "/"); return part[1] == "harness" && part[3] != "" ? part[2] : part[1] }
      $0 == "--" { asks = 1; next }
      !asks { there[$0]; next }
      { own = $1; sub(/[^\/]*$/, "", own)
        split(own "|harness/|harness/contract/|harness/base/|", from, "|")
        for (i = 1; i <= 5; i++)      # one that is nowhere is made by the build
          if (from[i] $3 in there) { print room($1), room(from[i] $3), $1 ":" $2; next } }'
}
other_rooms() {
  awk 'NR == FNR { may[$1 " " $2] = 1; next } !(($1 " " $2) in may) { print $3 ": " $1 " may not use " $2 }' <(allowed) <(includes)
}
strange_rooms() { comm -3 <(includes | awk '{ print $1 }' | sort -u) <(allowed | awk '{ print $1 }' | sort -u); }
none "every include is of a room that the table of harness/README.md names" other_rooms
none "... and the table has every room" strange_rooms

# ---- nothing global changes while the program runs ----

# FILE SYMBOL of what may: the sentences that lac_error, lac_option_text's bounds and refuse hand out until the next call, what a
# signal handler needs (also at the end of MPI), the locale that is made once, an empty array to point at, the shared objects that were
# loaded at the start, what a gradient calls between its parts while it is computed.
changing='base.c sentence|interrupt.c (came|child|registered|grace|held|first)|comm.c exit_status'
changing="$changing|options.c (text|why)|(natural_dithering|qsgd|ways).c why"
changing="$changing|(libsvm|text).c (c_locale|once)|checkpoint.c nothing|samples.c counted|outside.c outside|pulse.c call"
objects() {      # FOLDERS...: what the build made of their sources, below builddir
  local f
  for f in $(find "$@" -name '*.c'); do [ ! -f "$builddir/${f%.c}.o" ] || echo "${f%.c}.o"; done
}
globals() {
  (cd "$builddir" && objdump -t $(cd "$srcdir" && objects harness datasets compressors algorithms)) | awk '
    / format elf/ { f = $1; sub(/:$/, "", f); sub(/o$/, "c", f); n = split(f, part, "/") }
    / O (\.data|\.bss|\.tbss|\.tdata)[ \t]/ || / O \*COM\*[ \t]/ { sub(/\.[0-9]+$/, "", $NF); print part[n], $NF, "in " f }' |
    grep -vE "__(asan|ubsan|odr_asan|gcov)|^($changing) " || true
}
if command -v objdump > /dev/null && ! ldd "$LACONIC" | grep -q libasan; then
  none "nothing global changes while the program runs" globals
else
  skip "no objdump, or sanitizers" "nothing global changes while the program runs"
fi

# ---- mathematics: the last digits of the C library's are not the same everywhere; elementary.h has our own ----

transcendental='(gsl_(ran|sf|cdf)_.*|(exp(2|m1)?|log(2|10|1p)?|pow|a?(sin|cos|tan)h?|sincos|atan2|hypot|cbrt|erfc?|[lt]gamma)[fl]?)(@.*)?'
libm() {      # a number that is shown, and reaches no digest, may come from lgamma
  local folders; folders="algorithms compressors datasets $(echo harness/{base,contract,problems,ranks,run,setup,theory})"
  (cd "$builddir" && nm -uA $(cd "$srcdir" && objects $folders)) |
    sed -nE "s;^(.*)\.o: +U ($transcendental)\$;\1.c calls \2;p" | grep -v '^compressors/parts/index.c calls lgamma' || true
}
if command -v nm > /dev/null; then
  none "what computes does not call the mathematics of the C library" libm
else
  skip "no nm" "what computes does not call the mathematics of the C library"
fi

# ---- plug-ins: one const struct at the end, all else static ----

plug_in_files() { find "$1" -name '*.c' | grep -v /parts/ | sort; }
endings() {
  for f in $(plug_in_files "$1"); do
    name=$(basename "$f" .c)
    [ "$(tail -n 1 "$f")" = "};" ] || echo "$f does not end with its struct"
    [ "$(grep -E '^[a-z].*=.*\{$' "$f" | tail -n 1)" = "const lac_$2_type lac_$2_$name = {" ] ||
      echo "$f: its last struct is not lac_$2_$name"
    grep -q "^  \.name = \"$name\",$" "$f" || echo "$f: .name is not \"$name\""
  done
}
exports() {
  plug_in_files "$1" | sed -E "s@^(.*/)?([^/]*)\.c\$@\1\2.c lac_$2_\2@" > "$work/want"
  (cd "$builddir" && nm -gA --defined-only $(sed 's/\.c .*/.o/' "$work/want") 2>&1) | sed -E 's/\.o:.* /.c /' |
    grep -vE ' __(asan|odr_asan|ubsan)' | diff "$work/want" - | sed -n 's/^>/exports/p; s/^</does not export/p'
}
for kind in "algorithms algorithm" "compressors compressor" "harness/problems problem"; do
  set -- $kind
  none "every $2 ends with its struct" endings "$1" "$2"
  if command -v nm > /dev/null; then
    none "every $2 exports one symbol" exports "$1" "$2"
  else
    skip "no nm" "every $2 exports one symbol"
  fi
done
finish
