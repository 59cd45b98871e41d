#!/bin/bash
# laconic bench: what the two tables hold, wrong compressors are not timed, compare finds what got slower or larger, two builds are paired.
# No speed is asserted.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
mutants=${LACONIC_MUTANTS:-$builddir/tests/laconic-mutants}
quick=(--seconds=0.01 --size=2000 --input=gaussian)
mutant() {      # NAME ARGUMENTS
  LACONIC_MUTANT=$1 program=$mutants bench "${@:2}"
}
bench() {      # ARGUMENTS: exit status in $status, table in out, complaint in err
  timeout 60 "${program:-$LACONIC}" bench compressors "$@" > out 2> err
  status=$?
}
status_is() { is "$1" "$status" "$2"; }      # WORDS STATUS

# ---- the table ----

bench "${quick[@]}" --csv
status_is "all compressors of the registry" 0
is "memcpy comes first" "$(sed -n 2p out | cut -d , -f 3)" '"memcpy"'
is "... and then every compressor" "$(sed -n '3,$s/[^,]*,[^,]*,"\([^"]*\)".*/\1/p' out | grep -vxE 'zstd|zfp' | paste -s -d ' ')" \
  "$("$LACONIC" list --names compressors | paste -s -d ' ')"
is "... zstd and zfp last, measured or left out with a reason" "$(tail -n 2 out | cut -d , -f 3 | paste -s -d ' ')" '"zstd" "zfp"'
bench "${quick[@]}" --csv -e 'topk:k=10/randk' -e identity:value=f32
is "only those that were asked for" "$(sed -n '2,$s/.*,2000,"\([^"]*\)".*/\1/p' out | paste -s -d ' ')" \
  "memcpy topk:k=10 randk identity:value=f32"
field() { awk -F '","|",|,"|,' -v row="$1" -v column="$2" 'NR > 1 && $3 == row { print $column }' out; }      # ROW COLUMN
is "bits written: k=1% of 2000 values of 64 bits" "$(field randk 8)" 0.64
is "... as declared" "$(field randk 9)" 0.64
is "topk writes no less than the entropy, log2 C(d,k) and the values" \
  "$(field topk:k=10 10 | awk -v written="$(field topk:k=10 8)" '{ print ($1 > 0.32 && $1 <= written) }')" 1
is "its error is below theory's" "$(field topk:k=10 11 | awk -v bound="$(field topk:k=10 12)" '{ print ($1 > 0 && $1 <= bound) }')" 1
bench "${quick[@]}" -e 'lgreco:grid=1%/5%+topk/topk' --csv
is "a slash inside a value" "$(cut -d , -f 3 out | paste -s -d ' ')" 'compressor "memcpy" "lgreco:grid=1%/5%+topk" "topk"'
bench "${quick[@]}" -e 'identity/randk/topk' -c written
is "sorted by bits" "$(awk '$1 ~ /^(memcpy|identity|randk|topk)$/ { print $1 }' out | paste -s -d ' ')" "memcpy randk topk identity"
bench "${quick[@]}" -e 'identity/randk/topk' --sort=entropy -s 300 -i heavy --markdown
is "Markdown: every line has all columns" "$(grep '^|' out | awk -F '|' '{ print NF }' | sort -u)" 16
is "... a line each, two sizes, two inputs" "$(grep -c '^|' out)" $((2 + 2 * 2 * 4))
bench --seconds=0.01 --size=2000 -e topk:k=20 --csv
is "all inputs, unless some are asked for" "$(sed -n 's/^"\([^"]*\)",2000,"topk.*/\1/p' out | paste -s -d ' ')" \
  "gaussian heavy sparse ties differences"
bench --seconds=0.01 --size=2000 -i sparse -i ties -i differences -e natural+ans/topk:k=20 --csv
written() { awk -F '","|",|,"|,' -v input="\"$1" '$1 == input && $3 ~ /^natural/ { print $8 }' out; }      # INPUT
for few in sparse ties; do
  is "$few: fewer bits than differences" "$(echo "$(written $few) $(written differences)" | awk '{ print ($1 > 0 && $1 < $2) }')" 1
done
cp out first
bench --seconds=0.01 --size=2000 -i sparse -i ties -i differences -e natural+ans/topk:k=20 --csv
is "the same vectors every time" "$(cut -d , -f 1-3,8-12 out)" "$(cut -d , -f 1-3,8-12 first)"
bench "${quick[@]}" -e topk:k=20/topk:k=3000 --json
declared='import json; print(*[(r["compressor"], r["bits_declared"]) for r in json.load(open("out"))])'
is "JSON: an object a row" "$("${PYTHON3:-python3}" -c "$declared")" "('memcpy', None) ('topk:k=20', 0.723) ('topk:k=3000', None)"
bench "${quick[@]}" -e topk:k=3000
status_is "what cannot serve is left out" 0
ok "... with its reason" grep -q 'left out: k=3000' out

# ---- mistakes ----

for bad in --sort=speed --size=0 --size=1.5 --input=uniform -e=nothing --seconds=0 topk; do
  bench "${quick[@]}" "$bad"
  status_is "refused: $bad" 1
done
bench "${quick[@]}" -e topk -o nowhere/bench.h5
status_is "a file that cannot be written" 1
on 2 bench compressors "${quick[@]}" > out 2> err
is "two ranks" "$(cat err)" "laconic: bench compressors measures one rank; start it without mpiexec"

# ---- another build ----

bench "${quick[@]}" -e topk/fp4 --against="$LACONIC" -o own.h5 --other-output=other.h5 --json
status_is "this build against itself, repeat by repeat" 0
if "${PYTHON3:-python3}" -c 'import h5py, numpy' 2> python.err; then
  is "... the ratio of the medians of the two files" "$("${PYTHON3:-python3}" -c 'import h5py, json, numpy as np
files = [h5py.File(f + ".h5")["bench"] for f in ("own", "other")]
for i, row in enumerate(json.load(open("out"))):
    for part in ("encode", "decode"):
        own, other = (np.nanmedian(f[part][i]) if np.isfinite(f[part][i]).any() else None for f in files)
        assert row[part + "_ratio"] is None if own is None else abs(row[part + "_ratio"] - own / other) < 1e-12 * own / other
    print(row["compressor"], int(row["d"]), end=" ")' 2>&1)" "memcpy 2000 topk 2000 fp4 2000 "
else
  skip "no python3-h5py" "... the ratio of the medians of the two files"
fi
ok "... in files that compare takes" "$LACONIC" compare own.h5 other.h5
bench "${quick[@]}" -e topk --against="$LACONIC" -o own.h5
ok "no file for the other build" grep -q '^laconic: --against, --output and --other-output go together' err
bench "${quick[@]}" -e topk --against="$LACONIC" -o own.h5 --other-output=other.h5 -c both
ok "no order" grep -q '^laconic: --against keeps the order of the rows' err
bench "${quick[@]}" -e topk --against=./nowhere -o own.h5 --other-output=other.h5
ok "a program that is not there" grep -q '^laconic: --against: ./nowhere bench compressors does not succeed' err
bench "${quick[@]}" -e topk --against=/bin/true -o own.h5 --other-output=none.h5
ok "a program that leaves no table" grep -q '^laconic: .*none.h5' err
bench "${quick[@]}" -e nothing --against="$LACONIC" -o own.h5 --other-output=other.h5
status_is "options that both refuse" 1

# ---- real gradients ----

run run.h5 --rounds=20 --problem=logreg --clients=3
bench "${quick[@]}" -i gradients:run.h5 -e topk:k=5 --csv
ok "the gradient of a run, as long as its problem" grep -q '^"gradients:run.h5",50,"topk:k=5"' out
bench "${quick[@]}" -i gradients:none.h5 -e topk
status_is "a run that is not there" 1

# ---- a compressor that does not keep its contract ----

if [ -x "$mutants" ]; then
  mutant topk_declares_less "${quick[@]}" -e topk -e randk
  status_is "a wrong topk" 1
  ok "... is not timed" grep -qE '^topk +INVALID: it wrote [0-9]+ bits and declares 1280$' out
  ok "... randk is" grep -qE '^randk +[0-9.e+-]+ ' out
else
  skip "no $mutants" "a wrong topk"
fi

# ---- files, and compare ----

list=(-e 'topk/identity/randk' --size=100000 --seconds=0.05 --input=gaussian)
bench "${list[@]}" -o base.h5
bench "${list[@]}" -o again.h5
timeout 60 "$LACONIC" compare base.h5 again.h5 > out 2> err
is "one program twice: exit" $? 0
ok "... no change" grep -q '^no change' out
if command -v h5dump > /dev/null; then
  is "a row each" "$(h5dump -H -d /bench/d base.h5 | grep -c '^ *DATASPACE  SIMPLE { ( 4 )')" 1
  is "... with its repeats" "$(h5dump -H -d /bench/encode base.h5 | grep -c '^ *DATASPACE  SIMPLE { ( 4, 101 )')" 1
else
  skip "no h5dump (Debian: hdf5-tools)" "a row each, with its repeats"
fi
if [ -x "$mutants" ]; then
  mutant topk_sends_more "${list[@]}" -o more.h5
  timeout 60 "$LACONIC" compare base.h5 more.h5 > out 2> err
  is "a topk that sends more: exit" $? 1
  ok "... topk is named" grep -qE '^WORSE +topk d=100000 gaussian +bits_written \(bit\)' out
  is "... and nothing else" "$(grep -E '^(WORSE|GONE)' out | grep -vc topk)" 0
  printf '[topk*]\nbits_written = base, none, 1%%, bit\nbits_declared = base, none, 1%%\n' > bounds.ini
  timeout 60 "$LACONIC" compare base.h5 more.h5 --bounds=bounds.ini > out 2> err
  is "bits that a file allows" $? 0
  mutant identity_slow "${list[@]}" -o slow.h5
  timeout 60 "$LACONIC" compare base.h5 slow.h5 > out 2> err
  is "an identity that is slow: exit" $? 0
  ok "... is named" grep -qE '^slower +identity d=100000 gaussian +encode \(memcpy\)' out
  timeout 60 "$LACONIC" compare base.h5 slow.h5 --gate-speed > out 2> err
  is "--gate-speed with one measurement a side is refused" "$? $(grep -c 'made in turns' err)" "2 1"
else
  skip "no $mutants" "compare finds what got slower or larger"
fi
bench -e topk --size=100000 --seconds=0.05 --input=gaussian -o fewer.h5
timeout 60 "$LACONIC" compare base.h5 fewer.h5 > out 2> err
is "a row is in BASE alone" $? 1
ok "... it is named" grep -qE '^GONE +randk d=100000 gaussian ' out
head -c 2000 base.h5 > cut.h5
timeout 60 "$LACONIC" compare base.h5 cut.h5 > out 2> err
is "a file that was cut short" $? 2

# ---- rounds ----

rounds() {      # ARGUMENTS: exit status in $status, table in out, complaint in err
  timeout 600 "${program:-$LACONIC}" bench round --seconds=0.01 "$@" > out 2> err
  status=$?
}
# COLUMN of the first case, a number: 1 is the gradient's time, counted behind the name.
number() { sed -n 3p out | cut -c 25- | tr -d '|' | awk -v column="$1" '{ print $column }'; }
positive() { awk -v x="$1" 'BEGIN { exit !(x + 0 > 0) }'; }      # NUMBER

rounds --clients=3
status_is "rounds: one case, when the data are named" 0
is "... two lines of head, a line for it" "$(sed -n '1,/^$/p' out | grep -c .)" 3
for column in 1 2 3 4 5 7 8 9; do
  positive "$(number $column)"
  report $? "... column $column is positive"
done
is "... no product of matrices, so no share of dgemm" "$(number 6)" -
rounds
is "four cases, or the reason why one is left out" \
  "$(sed -n '1,/^$/p' out | grep -cE '^(a9a|w8a|synthetic)[^|]*(\||left out: not in LACONIC_DATA$)')" 4
seq 3600 | head -c 17000 > text
for p in $("$LACONIC" list --names problems); do
  case $p in
  bilinear | polmatrix | robust_*) method=(--algorithm=extragradient:gamma=0.01 --up=identity) ;;
  lora) method=(--problem=lora:rank=2) ;;      # the last matrix has two rows
  lm) method=(--problem=lm:width=16,depth=1 --dataset=text) ;;
  *) method=() ;;
  esac
  rounds --problem="$p" --clients=4 "${method[@]}"
  status_is "every problem: $p" 0
done
for p in mlp softmax; do
  rounds --problem=$p --clients=4
  positive "$(number 6)"
  report $? "$p multiplies matrices, so there is its share of dgemm"
done
blas_share() {      # ARGUMENTS
  timeout 600 "$LACONIC" bench round --seconds=0.3 "$@" -o share.h5 > out 2> err
  h5dump -d /bench/blas share.h5 | sed -n 's/.*(0): \([0-9]\)/\1/p'
}
positive "$(blas_share --problem=mlp:hidden=128,hidden2=128 --clients=2 --dataset=synthetic:classes=3,d=20,rows=400)"
report $? "a part of the rounds of mlp is in OpenBLAS"
is "... none of logreg" "$(blas_share --problem=logreg --clients=2)" 0
rounds --problem=mlp --x0=zeros
ok "--x0 counts: at zero an mlp does not move, and is refused" grep -q '^laconic: --x0: at zero' err
rounds --problem=mlp --x0=glorot --pin
status_is "... and glorot is taken, on a core of its own" 0
for bad in --rounds=3 --eval=2 --stop=f:1 --seconds=0 --against= --output= --problem=nothing turns; do
  rounds "$bad"
  status_is "refused: $bad" 1
done
rounds --clients=3 -o nowhere/rounds.h5
status_is "a file that cannot be written" 1
rounds --problem=quadratic --algorithm=gd:gamma=1e300
ok "a method that diverges is named" grep -q 'the method diverges in round' err
on 2 bench round --seconds=0.01 --clients=5 > out 2> err
is "two ranks measure" $? 0
positive "$(number 7)"
report $? "... and print one line for both"
on 2 bench round --against="$LACONIC" --clients=5 > out 2> err
ok "... but do not pair builds" grep -q '^laconic: --against starts both builds itself, on one rank' err

rounds --clients=3 -o rounds.h5
timeout 60 "$LACONIC" compare rounds.h5 rounds.h5 > out 2> err
is "compare takes the file" $? 0
ok "... with two speeds for the case" grep -q '^no change: 2 same' out
rounds --clients=3 --against="$LACONIC" -o pairs.h5
status_is "this build against itself" 0
for column in 17 19; do
  positive "$(number $column)"
  report $? "... a ratio in column $column"
done
if command -v h5dump > /dev/null; then
  positive "$(h5dump -d /bench/round_other pairs.h5 | sed -n 's/.*(0): //p' | head -n 1)"
  report $? "... and in the file"
else
  skip "no h5dump (Debian: hdf5-tools)" "... and in the file"
fi
rounds --clients=3 --against=/bin/true
ok "a program that leaves no table" grep -q '^laconic: --against: /bin/true' err
rounds --clients=3 --against=./nowhere
ok "a program that is not there" grep -q '^laconic: --against: ./nowhere bench round does not succeed' err
rounds --algorithm=nothing --against="$LACONIC"
status_is "options that neither build takes" 1
finish
