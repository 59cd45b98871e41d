#!/bin/bash
# examples/: what a program over the library computes is what laconic computes, and a result file reads as a table.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
need_h5dump

python=${PYTHON3:-/usr/bin/python3}
same="--problem=quadratic:d=8 --clients=5 --rounds=400"
by_hand() {      # COMPRESSOR: bits and last iterate of the example, and of the harness
  timeout 60 "$builddir/examples/ef21" "$1" > hand.out 2> hand.err || sed 's/^/# /' hand.err
  { echo "bits_up $(last x.h5 /trace/bits_up)"; numbers x.h5 /final/x; } > harness.out
}
alike=0 differ=0 unfit=0
for up in $(names_of compressors) contract+randk contract+permk topk:k=3+natural:round=stochastic topk:k=3+qsgd+ans lgreco+topk; do
  if run x.h5 $same --algorithm=ef21:gamma=0.1 --up="$up" > complaint; then
    by_hand "$up"
    if cmp -s hand.out harness.out; then alike=$((alike + 1)); else differ=$((differ + 1)); echo "# $up differs"; fi
  elif grep -q ' needs a ' complaint; then
    unfit=$((unfit + 1))
  else
    differ=$((differ + 1)); cat complaint
  fi
done
[ $differ -eq 0 ] && [ $alike -gt 20 ]
report $? "ef21: bits and iterate of the harness, $differ differ of $((alike + differ)) compressors, $unfit are not for EF21"
"$builddir/examples/ef21" topk:k=2 > hand.out
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
