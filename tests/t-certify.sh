#!/bin/bash
# Certificates: every method's hold, on two ranks; wrong methods are found out (compressors' are in t-compressors).
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
mutants=${LACONIC_MUTANTS:-$builddir/tests/laconic-mutants}

# TAP of laconic, numbered anew.
adopt() {
  local line verdict words
  while IFS= read -r line; do
    case $line in
    'ok '* | 'not ok '*)
      verdict=${line%% - *} words=${line#* - }
      if [ "${words%' # SKIP '*}" != "$words" ]; then skip "${words##*' # SKIP '}" "${words%' # SKIP '*}"
      else report "$(case $verdict in not*) echo 1 ;; *) echo 0 ;; esac)" "$words"; fi ;;
    '#'*) echo "$line" ;;
    esac
  done < "$1"
}

timeout 600 "$MPIEXEC" -n 2 "$LACONIC" certify --ranks=2 --tap algorithms > all.tap 2> all.err
status=$?
adopt all.tap
report $status "laconic certify ends well: $(head -n 1 all.err)"
is "... with a plan" "$(tail -n 1 all.tap)" "1..$(grep -cE '^(not )?ok ' all.tap)"

# ---- what is written ----

on 1 certify gd identity --output=certificates.tsv --junit > junit.xml
report $? "a table"
is "... a line each" "$(awk -F '\t' 'NR > 1 { print NF }' certificates.tsv | sort -u)" 9
is "... as many as there are cases" "$(grep -c '<testcase' junit.xml)" $(($(wc -l < certificates.tsv) - 1))
is "list shows it" "$("$LACONIC" list algorithms | awk '$1 == "gd" || $1 == "ef21" { print $1, $2 }' | sort | paste -s -d ' ')" \
  "ef21 - gd certified"
sed 's/^[0-9.]*/0.0.0/' certificates.tsv > old.tsv
is "... not of another version" "$(LACONIC_CERTIFICATES=old.tsv "$LACONIC" list algorithms | grep -c certified)" 0
on 1 certify gdd 2> err
is "an unknown name" "$(cat err)" "laconic: no algorithm or compressor is called 'gdd'; did you mean gd?"
on 1 certify gd --ranks=2 2> err
is "another number of ranks" "$(cat err)" "laconic: --ranks=2, but this job has 1; start it with mpiexec -n 2"

# ---- wrong methods ----

caught() {      # NAME, parts of the checks that must fail
  local name=$1 check
  shift
  timeout 300 "$mutants" certify --tap "$name" > mutant.tap 2> mutant.err
  [ $? -eq 1 ]
  report $? "a wrong $name is no success: $(cut -c 1-120 mutant.err)"
  for check; do
    grep -E '^not ok ' mutant.tap | grep -qF "$check"
    report $? "... it is caught by: $check"
  done
}
if [ -x "$mutants" ]; then
  caught ef21 "kept on both sides" "reaches the exact solution" "never above its theory"
  caught econtrol "is gd:gamma=0.3"
  caught scaffold "kept on both sides"
  caught randk "the mean is x" "alpha"
  caught fp4 "alpha"
  timeout 300 "$mutants" certify --tap gd > mutant.tap 2> mutant.err
  report $? "the same program passes gd"
else
  skip "no $mutants" "wrong methods are caught"
fi
finish
