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
  if [ -n "$found" ]; then printf '%s\n' "$found" | sed 's/^/# /'; fi
}
without() { grep -vE "^($1):" || true; }      # FILES, as one pattern

# A word in code, not in comments that stand alone or follow it.
code() {      # PATTERN FILES...
  local pattern=$1
  shift
  for f in "$@"; do
    sed -E 's@/\*.*\*/@@; s@^ *(/\*|\*).*@@; s@//.*@@' "$f" | grep -nE -- "$pattern" | sed "s@^@$f:@"
  done
}
# parallel HDF5 asks for a communicator
mpi() { code '\bMPI_[A-Z]' $(sources) | without 'harness/(comm|main)\.c' | grep -vE '^harness/checkpoint.c:.*MPI_(Comm mpi;|INFO_NULL)'; }
hdf5_files='harness/((checkpoint|recorder|result|execute|store|table)\.c|store\.h)'
hdf5() { code '\bH5[A-Z]*[a-z_]+ *\(|hdf5\.h' $(sources) | without "$hdf5_files"; }
hdf5_execute() { code '\bH5[A-Z]*[a-z_]+ *\(' harness/execute.c | grep -v H5get_libversion; }
bits() { code '[.>]nbits *(\+=|-=|=[^=]|\+\+)' algorithms/*.c compressors/*.c; }
plug_ins=$(ls algorithms/*.c compressors/*.c)
calls() { code "\\b($1) *\\(" $plug_ins; }
names=$(ls algorithms/*.c compressors/*.c harness/problems/*.c | sed 's@.*/@@; s@\.c$@@' | paste -s -d '|')
dispatch() { code "strn?cmp *\\([^)]*\"($names)\"" $(ls harness/*.c datasets/*.c); }

none "MPI_ only in harness/comm.c and main.c" mpi
# store.c: what recorder.c and table.c share; table.c: measurements, whose rows are not those of a run
none "HDF5 only in harness/checkpoint.c, recorder.c, result.c, store.[ch] and table.c" hdf5
none "harness/execute.c asks HDF5 for its version and nothing else" hdf5_execute
none "plug-ins do not print" calls 'printf|fprintf|vprintf|puts|putchar|fputs|fwrite|perror'
none "plug-ins do not allocate" calls 'malloc|calloc|realloc|free|aligned_alloc|alloca|lac_alloc|lac_grow|strdup|gsl_[a-z]+_alloc'
none "plug-ins read no clock" calls 'clock|clock_gettime|time|gettimeofday|lac_seconds'
none "plug-ins draw from the stream that they were handed" \
  calls 'rand|random|srand|drand48|gsl_rng_alloc|gsl_rng_set|lac_rng_new|lac_rng_point'
none "plug-ins do not know the environment or their rank" calls 'getenv|lac_comm_[a-z]+|getpid|fopen|open'
none "plug-ins do not write the meter" bits
none "nobody chooses a plug-in by comparing its name" dispatch

tab=$(printf '\t')
none "no tabs" grep -nE "$tab" $(texts)
none "no blanks at the end of a line" grep -nE " +$" $(texts)
none "no line beyond 140 columns" grep -nE '^.{141,}' $(texts)
marks='TO''DO|FIX''ME|XX''X|HA''CK'
none "nothing unfinished" grep -nE "\\b($marks)\\b" $(texts)
none "every file ends with a newline" sh -c 'for f; do [ -z "$(tail -c 1 "$f")" ] || echo "$f"; done' sh $(texts)
no_guard() { for f in $(find harness compressors datasets tests -name '*.h'); do grep -q '^#ifndef [A-Z_]*_H$' "$f" || echo "$f"; done; }
none "every header has its guard" no_guard

# prove runs them as programs, make check does not care
not_programs() { for f in tests/t-*.sh tests/t-*.py tests/check-*.sh; do [ -x "$f" ] || echo "$f"; done; }
none "every test script is a program" not_programs

# ---- plug-ins: one const struct at the end, all else static ----

# FOLDER KIND HELPERS: helpers are the files there that are no plug-ins.
plug_in_files() { for f in "$1"/*.c; do case " $3 " in *" $(basename "$f" .c) "*) ;; *) echo "$f" ;; esac; done; }
endings() {
  for f in $(plug_in_files "$@"); do
    name=$(basename "$f" .c)
    [ "$(tail -n 1 "$f")" = "};" ] || echo "$f does not end with its struct"
    [ "$(grep -E '^[a-z].*=.*\{$' "$f" | tail -n 1)" = "const lac_$2_type lac_$2_$name = {" ] ||
      echo "$f: its last struct is not lac_$2_$name"
    grep -q "^  \.name = \"$name\",$" "$f" || echo "$f: .name is not \"$name\""
  done
}
exports() {
  for f in $(plug_in_files "$@"); do
    object=$builddir/${f%.c}.o
    [ -f "$object" ] || { echo "there is no $object"; continue; }
    symbols=$(nm -g --defined-only "$object" | awk '{ print $3 }' | grep -vE '^__(asan|odr_asan|ubsan)' | paste -s -d ' ')
    [ "$symbols" = "lac_$2_$(basename "$f" .c)" ] || echo "$f exports $symbols"
  done
}
for kind in "algorithms algorithm" "compressors compressor fragment index lowrank plan planes scaled select symbols words" \
  "harness/problems problem classes regulariser rows"; do
  set -- $kind
  none "every $2 ends with its struct" endings "$1" "$2" "${*:3}"
  if command -v nm > /dev/null; then
    none "every $2 exports one symbol" exports "$1" "$2" "${*:3}"
  else
    skip "no nm" "every $2 exports one symbol"
  fi
done
finish
