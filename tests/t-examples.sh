#!/bin/bash
# examples/: what a program over the library computes is what laconic computes, and a result file reads as a table.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
need_h5dump

python=${PYTHON3:-/usr/bin/python3}
same="--problem=quadratic:d=8 --clients=5 --rounds=400"
by_hand() {      # WORDS COMPRESSOR
  timeout 60 "$builddir/examples/ef21" "$2" > hand.out 2> hand.err || sed 's/^/# /' hand.err
  run x.h5 $same --algorithm=ef21:gamma=0.1 --up="$2"
  { echo "bits_up $(last x.h5 /trace/bits_up)"; numbers x.h5 /final/x; } > harness.out
  is "ef21 $2: $1" "$(cat hand.out)" "$(cat harness.out)"
}
by_hand "bits and iterate of the harness" topk:k=1
by_hand "... two entries of eight" topk:k=2
by_hand "... with draws that the decoder repeats" topk:k=3+natural:round=stochastic
by_hand "... of sets that are not sent" randk:k=2,scale=no
by_hand "... uncompressed" identity
is "another compressor, another iterate" "$("$builddir/examples/ef21" topk:k=1 | cmp -s - hand.out && echo same)" ""
refused() { timeout 60 "$builddir/examples/ef21" "$1" > out 2> err; echo "$? $(wc -l < out) $(cut -d : -f 1 err)"; }
is "what cannot be is refused in a sentence" "$(refused topk:k=9)" "1 0 ef21"
is "... a name that is unknown too" "$(refused topkk)" "1 0 ef21"

if "$python" -c 'import h5py, numpy' 2> /dev/null; then
  run x.h5 $same --algorithm=ef21:gamma=0.1 --up=topk:k=1
  "$python" "$srcdir/examples/table.py" x.h5 401 > table.out 2> table.err
  report $? "table.py prints a table"
  sed 's/^/# /' table.err
  for column in 1:round 2:bits_up 3:f 4:grad_norm_sq; do
    numbers x.h5 "/trace/${column#*:}" > want
    awk -v k="${column%:*}" 'NR > 2 { print $k }' table.out > have
    ok "... its column ${column#*:} is that of the file" close_to 1e-15 have want
  done
  is "... six rows unless told" "$("$python" "$srcdir/examples/table.py" x.h5 | awk 'NR > 2 { print $1 }' | paste -s -d ' ')" \
    "0 80 160 240 320 400"
  ok "... with the method above it" grep -q '^ef21:gamma=0.1.* ended: rounds$' table.out
else
  skip "no h5py (Debian: python3-h5py)" "table.py prints a table"
fi
finish
