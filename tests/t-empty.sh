#!/bin/bash
# A value that is nothing is refused for every option of every command and every key of a file: one sentence, no work.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# One line on stderr that names NAME and says that it is empty, nothing on stdout, no file left.
refused() {      # NAME COMMAND...
  local name=$1 status
  shift
  timeout 20 "$@" > "$work/out" 2> "$work/err" < /dev/null
  status=$?
  [ $status -ne 0 ] && [ $status -lt 120 ] && [ ! -s "$work/out" ] && [ "$(wc -l < "$work/err")" -eq 1 ] &&
    grep -qF -- "$name is empty; give it a value or leave it out" "$work/err" && [ -z "$(ls)" ] && return
  echo "# $*: status $status, $(head -n 1 "$work/err")"
  return 1
}
mkdir empty && cd empty || exit 99

# ---- the command line: every option that takes a value, by its long and its short name ----

# "LONG SHORT" of every option that takes a value; SHORT may be missing.
options_of() {      # COMMAND...
  "$LACONIC" "$@" --help | sed -nE 's/^ {2}(-([A-Za-z]), | {4})--([a-z0-9.-]+)\[?=.*/\3 \2/p'
}
total=0
for command in run tune sbatch show plot claims compare certify "bench round" "bench compressors" "bench links"; do
  wrong=0 seen=0
  # shellcheck disable=SC2086
  while read -r long short; do
    refused "--$long" "$LACONIC" $command "--$long=" || wrong=$((wrong + 1))
    if [ -n "$short" ]; then refused "--$long" "$LACONIC" $command "-$short" " " || wrong=$((wrong + 1)); fi
    seen=$((seen + 1))
  done < <(options_of $command)
  is "$command: options that take nothing for a value, of $seen" $wrong 0
  total=$((total + seen))
done
ok "there were options: $total" test "$total" -gt 100
for command in run tune sbatch show plot claims compare certify; do
  ok "$command: an empty argument" refused "an argument" "$LACONIC" $command ""
done

# ---- files: every key ----

keys() { "$LACONIC" help --options run | cut -f 1; }
wrong=0 seen=0
for key in $(keys) label best missing title; do
  case $((seen % 2)) in
  0) printf '%s =\n[run a]\neval = 1\n' "$key" ;;
  1) printf 'eval = 1\n[run a]\n%s =   \n' "$key" ;;
  esac > "$work/e.ini"
  refused "$key" "$LACONIC" run "$work/e.ini" || wrong=$((wrong + 1))
  seen=$((seen + 1))
done
is "keys of an experiment file that take nothing for a value, of $seen" $wrong 0
printf '[run a]\ndataset = {synthetic,}\n' > "$work/e.ini"
ok "a hole in a grid" refused "--dataset" "$LACONIC" run "$work/e.ini"
printf 'rounds = 1\nclients = 2\n[run a]\nup = topk:k={1,,2}\n' > "$work/e.ini"
# the other runs of the file go on
hole() { ! "$LACONIC" run "$work/e.ini" --results="$work/results" > "$work/out" 2>&1 && grep -q 'topk: k is empty' "$work/out" &&
  grep -q '3 runs, 1 failed' "$work/out"; }
ok "... of an option of a plug-in" hole
printf '[run a]\nrounds = 1\n[figure]\nx =\n' > "$work/e.ini"
ok "a key of a figure" refused "x" "$LACONIC" plot "$work/e.ini"
printf '[run a]\nrounds = 1\nclients = 2\n' > "$work/e.ini"
printf '[claim c]\nsays =\n' > "$work/e.claims"
"$LACONIC" run "$work/e.ini" --results="$work/results" > "$work/out"
ok "a key of a claim" refused "says" "$LACONIC" claims "$work/e.ini" --results="$work/results"
printf 'target =\n' > "$work/bounds"
printf 'a\tb\n1\t2\n' > "$work/t.tsv"
ok "a key of bounds" refused "target" "$LACONIC" compare --bounds="$work/bounds" "$work/t.tsv" "$work/t.tsv"
finish
