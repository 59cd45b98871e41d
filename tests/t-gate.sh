#!/bin/bash
# reports/ci/gate: what it says of one program against itself, of more bits, of a slower one, of a new compressor.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
mutants=${LACONIC_MUTANTS:-$builddir/tests/laconic-mutants}
gate=$srcdir/reports/ci/gate
options=(-e topk/fp4/sign -s 1e4 -i gaussian -t 0.01)
run_gate() {      # FOLDER BASE NEW: status in $status, Markdown in out
  timeout 500 "$gate" "$2" "$3" "$1" "${options[@]}" > out 2> err
  status=$?
}
as_mutant() { printf '#!/bin/sh\nLACONIC_MUTANT=%s exec "%s" "$@"\n' "$2" "$mutants" > "$1" && chmod +x "$1"; }      # SCRIPT MUTANT
export PAIRS=5

run_gate same "$LACONIC" "$LACONIC"
is "one program against itself: bits" "$(grep -c 'bit.*WORSE' out)" 0
is "the table has what changed, the rest is folded" "$(grep -c '^<details>' out) $(sed '/<details>/,$d' out | grep -c '^| same')" "1 0"
is "history.json: a name, a unit and a value each" "$("${PYTHON3:-python3}" -c 'import json
print(sorted({tuple(sorted(e)) for e in json.load(open("same/history.json"))}))')" "[('name', 'unit', 'value')]"
if [ -x "$mutants" ]; then
  as_mutant honest ""
  as_mutant heavier topk_sends_more
  run_gate heavier.d ./honest ./heavier
  is "a topk that sends a byte more: exit" $status 1
  is "... is named, and nothing else" "$(sed -n 's/^| \*\*WORSE\*\* | `\([a-z0-9]*\) d=.*/\1/p' out | sort -u | paste -s)" "topk"
else
  skip "no $mutants" "more bits are caught"
fi

# A pull request that adds a compressor names it in its runs.ini; base does not know it.
sed 's/{topk:k=2,fp4}/{topk:k=2,fp4,mine}/' "$srcdir/reports/ci/runs.ini" > runs.ini
sed 's/lac_compressor_sign = /lac_compressor_mine = /; s/\.name = "sign"/.name = "mine"/' "$srcdir/compressors/sign.c" > mine.c
printf '#include "plugin.h"\nLAC_PLUGIN(compressor, mine);\n' >> mine.c
if "${CC:-cc}" -shared -fPIC -std=gnu11 -ffp-contract=off mine.c -o mine.so "-I$srcdir/compressors" "-I$srcdir/harness" \
  "-I$srcdir/harness/contract" "-I$srcdir/harness/base" "-I$builddir/harness/contract" 2> err; then
  options=(-e 'sign' -s 1e4 -i gaussian -t 0.01)
  RUNS_BASE=$srcdir/reports/ci/runs.ini RUNS_NEW=runs.ini PLUGINS_NEW=$work/mine.so run_gate added.d "$LACONIC" "$LACONIC"
  is "a compressor that is new: exit" $status 0
  is "... its run is added" "$(grep -c '^| added | `.*mine' out)" 1
else
  skip "the compiler says no: $(head -n 1 err)" "a compressor that is new"
fi

# No alarm is a promise on any machine; that a slower one is caught is none on a busy one, so it is shown.  t-pairs tests how they are
# judged.
if [ -n "${LACONIC_SLOW-}" ] && [ -x "$mutants" ]; then
  options=(-e 'topk/fp4/sign' -s 1e5 -i gaussian -t 0.3)
  alarms=0
  for i in $(seq 20); do
    run_gate "same$i" "$LACONIC" "$LACONIC"
    [ $status -eq 0 ] || alarms=$((alarms + 1))
  done
  is "one program against itself: alarms in 20 trials" $alarms 0
  as_mutant slower fp4_slower
  PAIRS=11 run_gate slower.d ./honest ./slower
  echo "# an fp4 that takes a tenth longer: status $status, named:" \
    "$(sed -n 's/^| \*\*WORSE\*\* | `\([a-z0-9]*\) d=.*/\1/p' out | sort -u | paste -s)"
else
  skip "make check-slow does it" "one program against itself, 20 times"
fi

# ---- mistakes ----

PAIRS=3 run_gate few "$LACONIC" "$LACONIC"
is "too few pairs" "$status $(grep -c 'from 5 pairs on' err)" "2 1"
run_gate none ./nothere "$LACONIC"
is "a program that is not there" "$status $(grep -c 'no program ./nothere' err)" "2 1"
finish
