#!/bin/bash
# laconic compare: nothing between two runs of one program, what is worse by name, bounds of a file, exit 0, 1 and 2.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
mutants=${LACONIC_MUTANTS:-$builddir/tests/laconic-mutants}
settings=(--algorithm=ef21:gamma=theory*8 --up=topk:k=1 --rounds=150)

compare() {      # ARGUMENTS: exit status in $status, output in out, complaint in err
  timeout 60 "$LACONIC" compare "$@" > out 2> err
  status=$?
}
status_is() { is "$1" "$status" "$2"; }      # WORDS STATUS
says() { ok "... it says '$2'" grep -qF -- "$2" "$1"; }      # FILE TEXT

run base.h5 "${settings[@]}"
run same.h5 "${settings[@]}"
run fewer.h5 "${settings[@]}" --rounds=80
run other.h5 "${settings[@]}" --clients=7

# ---- one program ----

compare base.h5 same.h5
status_is "the same run twice" 0
says out "no change"
is "... and nothing is called worse" "$(grep -c WORSE out)" 0
compare base.h5 base.h5 --all
for quantity in bits_up bits_down f grad_norm_sq round rounds_to bits_to oracle_calls samples; do
  ok "... $quantity is compared" grep -qE "^same .* $quantity " out
done
on 2 compare base.h5 same.h5 > out 2> err
is "on two ranks: said once" "$(grep -c 'no change' out)" 1

# ---- what is worse ----

if [ -x "$mutants" ]; then
  LACONIC_MUTANT=topk_sends_more timeout 60 "$mutants" run "${settings[@]}" -o heavy.h5 > /dev/null
  compare base.h5 heavy.h5
  status_is "a topk that sends more" 1
  ok "... its bits are named" grep -qE '^WORSE .*topk:k=1.* bits_up \(bit\) +210000 +234000 +\+11.4 %' out
  says err "topk:k=1"
  compare heavy.h5 base.h5
  status_is "a topk that sends less" 0
  ok "... is named too" grep -qE '^better .*topk:k=1.* bits_up ' out
else
  skip "no $mutants" "a topk that sends more"
fi
compare base.h5 fewer.h5
status_is "a run that gets less far" 1
ok "... its gradient is named" grep -qE '^WORSE .* grad_norm_sq ' out
ok "... and that it did not reach the target" grep -qE '^WORSE .* rounds_to grad_norm_sq <= 0.01 .* inf ' out
ok "... and the setting that differs" grep -qE '^differs .* rounds .*150 -> 80' out
compare same.h5 base.h5 --target=grad_norm_sq:0.1
ok "another target" grep -qF 'no change' out
run fast.h5 "${settings[@]}" --algorithm=gd:gamma=100 --up=identity --rounds=5
cp base.h5 cut.h5 && truncate -s 3000 cut.h5
compare base.h5 cut.h5
status_is "a file that was cut short" 2
compare base.h5 nothing.h5
status_is "a file that is not there" 2
says err "cannot read nothing.h5"
compare base.h5
status_is "one file" 2
compare base.h5 same.h5 --gates
status_is "an option that is not there" 2

# ---- folders ----

mkdir BASE NEW empty
cp base.h5 BASE/one.h5; cp other.h5 BASE/two.h5; cp other.h5 NEW/renamed.h5
compare BASE NEW
status_is "a run is in BASE alone" 1
ok "... it is named" grep -qE '^GONE .* one.h5 .*in BASE alone' out
is "... the renamed one is found by its digest" "$(grep -c 'two.h5\|renamed.h5' out)" 0
compare NEW BASE
status_is "a run is in NEW alone" 0
ok "... it is named too" grep -qE '^added .* one.h5 .*in NEW alone' out
compare BASE empty
status_is "an empty folder" 2
compare base.h5 BASE
ok "a file and a folder" grep -qE '^added .* two.h5 ' out
mkdir A B; cp base.h5 A/a.h5; cp other.h5 B/b.h5; cp fast.h5 A/c.h5; cp fewer.h5 B/d.h5
compare A B
status_is "nothing in common" 2
says err "no run or row in common"

# ---- bounds ----

bounds() { printf '%b' "$1" > bounds.ini; compare base.h5 fewer.h5 --bounds=bounds.ini; }      # TEXT
bounds 'grad_norm_sq = base, none, 900%\nf = base, none, 0.5\nrounds_to = base, none, none\nbits_to = base, none, none\n'
status_is "worse, and allowed" 0
ok "... as such" grep -qE '^allowed .* f ' out
never='rounds_to = base, none, none\nbits_to = base, none, none\n'
bounds 'target = grad_norm_sq:0.1\ngrad_norm_sq = base, none, none\nf = base, none, none\n'
status_is "a target that both reach" 0
bounds 'grad_norm_sq = base, none, none\nf = base, none, none\n[*topk*]\nround = 80, 0, 0, round\n'"$never"
status_is "a number as reference, rows by pattern" 0
bounds 'f = base, none, none\n[gd*]\nf = base, none, 0.1\n'
status_is "a pattern that fits no row" 2
bounds 'bits_upp = base, none, 0\n'
status_is "a quantity that is not there" 2
says err "the nearest is bits_up"
bounds 'bits_up = base, none, 0, byte\n'
status_is "another unit" 2
says err "not in 'byte'"
for bad in 'f = base, 0.1, 0.2' 'f = base, none' 'f = bass, none, 0' 'f = base, none, 0, x, y' 'f'; do
  bounds "$bad\n"
  status_is "not a bound: $bad" 2
done
compare base.h5 same.h5 --bounds=nowhere.ini
status_is "bounds that are not there" 2

# ---- for programs ----

compare base.h5 fewer.h5 --tap --junit=junit.xml
status_is "TAP and JUnit keep the exit status" 1
is "a plan for all lines" "$(tail -n 1 out)" "1..$(grep -cE '^(not )?ok ' out)"
ok "a failed line each for what is worse" grep -qE '^not ok .* grad_norm_sq' out
is "JUnit: as many cases" "$(grep -c '<testcase' junit.xml)" "$(grep -cE '^(not )?ok ' out)"
is "... as many failures" "$(grep -c '<failure' junit.xml)" "$(grep -c '^not ok ' out)"
compare base.h5 fewer.h5 --markdown
is "Markdown: all lines of the table have their columns" \
  "$(sed 's/\\|//g' out | grep '^|' | awk -F '|' '{ print NF }' | sort -u)" 9
ok "... what is worse stands out" grep -qF '**WORSE**' out
hostile=$'x`y|z\\| @all <img src=x onerror=alert(1)> [a](http:b) #1 **b** \n\e[31m.h5'
mkdir old new
cp base.h5 "old/$hostile" && cp fewer.h5 "new/$hostile"
compare old new --markdown
is "a file name full of marks: all lines of the table have their columns" \
  "$(sed 's/\\|//g' out | grep '^|' | awk -F '|' '{ print NF }' | sort -u)" 9
is "... every line is one of the table" "$(sed 1,2d out | grep -v '^|' | grep -vcE '^(</?details>.*)?$')" 0
ok "... outside of code there is nothing of it" sh -c '! sed "s/\`[^\`]*\`//g; /^<.*details>/d" out | grep -qE "@|<[a-z/]|\[|http|#|alert"'
compare old new
ok "no control characters in a table" sh -c '! tr -d "\n" < out | grep -q "[[:cntrl:]]"'

# ---- the jobs to copy ----

yaml() { "${PYTHON3:-python3}" -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' "$1"; }
for file in github gitlab action; do
  if "${PYTHON3:-python3}" -c 'import yaml' 2> /dev/null; then ok "$file.yml is YAML" yaml "$srcdir/reports/ci/$file.yml"
  else skip "no PyYAML" "$file.yml is YAML"; fi
done
compare base.h5 same.h5 --bounds="$srcdir/reports/ci/bounds.ini"
status_is "the bounds to copy" 0
finish
