#!/bin/bash
# Certificates: every method's hold, on two ranks with LACONIC_SLOW (t-ranks compares them anyway); wrong methods are found out
# (compressors' are in t-compressors).
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
mutants=${LACONIC_MUTANTS:-$builddir/tests/laconic-mutants}
[ -d "${LACONIC_TRUTH:-}/error-feedback" ] || unset LACONIC_TRUTH

ranks=${LACONIC_SLOW:+2}
on "${ranks:-1}" certify --tap algorithms > all.tap 2> all.err
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

method_of() {      # MUTANT: the longest name of a plug-in that it begins with
  "$LACONIC" list | awk -v mutant="$1" 'index(mutant, $1 "_") == 1 && length($1) > length(best) { best = $1 } END { print best }'
}
caught() {      # MUTANT, parts of the checks that must fail; a third of them, all in check-slow
  local mutant=$1 check
  shift
  mutant_count=$((mutant_count + 1))
  [ -n "${LACONIC_SLOW:-}" ] || [ $((mutant_count % 3)) -eq 1 ] || return 0
  LACONIC_MUTANT=$mutant timeout 300 "$mutants" certify --tap "$(method_of "$mutant")" > mutant.tap 2> mutant.err
  [ $? -eq 1 ]
  report $? "$mutant is no success: $(cut -c 1-120 mutant.err)"
  for check; do
    grep -E '^not ok ' mutant.tap | grep -qF "$check"
    report $? "... it is caught by: $check"
  done
}
mutant_count=0
# Every mutant of the folder is built and is what some test is about.
for f in "$srcdir"/tests/mutants/*_*.c; do
  name=$(basename "$f" .c)
  grep -q "  tests/mutants/$name.c" "$srcdir/tests/local.mk" || echo "# $name is not in tests/local.mk"
  grep -lqE "(^|[ =])$name( |$)" "$srcdir"/tests/t-*.sh || echo "# $name is in no test"
done > forgotten
cat forgotten
is "no mutant is forgotten" "$(wc -l < forgotten)" 0
if [ -x "$mutants" ]; then
  caught dgc_keeps_true "is ef14:gamma=0.1,form=unscaled"
  caught btm_counts_no_steps "is diloco:H=1,mu=0,eta_o=1,lr=0.01,wd=0.1 (clients=1)"
  caught diana_new_h "is gd:gamma=0.3"
  caught econtrol_eta_all "init=zero is gd:gamma=0.3" "is ef21:gamma=0.1,init=exact"
  caught econtrol_loses_twice "is gd:gamma=0.3"
  caught econtrol_old_h "is gd:gamma=0.3" "is ef21:gamma=0.1,init=exact"
  caught ef14_double_gamma "is gd:gamma=0.3"
  caught ef14_sum "is gd:gamma=0.3" "four clients"
  caught ef21_keeps_true "kept on both sides" "reaches the exact solution" "never above its theory"
  caught ef21_mean_l "gamma=theory is gd:gamma=theory"
  caught ef21_messages_alone "kept on both sides" "reaches the exact solution" "never above its theory"
  caught ef21_zero_by_zero "gamma=theory is gd:gamma=theory"
  caught ef21bc_undecoded "reaches the exact solution" "never above its theory"
  caught ef21hb_double_gamma "eta=0 is ef21:gamma=0.1" "never above its theory"
  caught ef21p_undecoded "reaches the exact solution" "never above its theory"
  caught ef21page_other_rows "reaches the exact solution"
  caught ef21plus_adds "kept on both sides"
  caught ef21plus_inverted "reaches the exact solution"
  caught ef21plus_without_g "reaches the exact solution"
  caught ef21pp_of_those_awake "kept on both sides" "reaches the exact solution"
  caught ef21pp_starts_drawn "every client starts as the options say" "g_i = grad f_i(x_0) for every client"
  caught ef21sgdm_eta_swapped "eta=1 is ef21:gamma=0.1"
  caught ef21sgdm_from_zero "is gd:gamma=0.1 (rounds=1)"
  caught ef21w_by_mean "is ef21:gamma=0.05" "reaches the exact solution"
  caught fedavg_over_all "is scaffold:K=3,eta=0.1,eta_g=1.5 (sample=uniform:s=3 rounds=1)"
  caught fedcomgate_keeps_true "reaches the exact solution"
  caught fedef_adds_twice "is ef14:gamma=0.1"
  caught fedef_forgets "is ef14:gamma=0.1"
  caught fedprox_away "is extragradient:gamma=0.1"
  caught fedavg_counts_once "is gd:gamma=0.1"
  caught flasc_over_all "is fedavg:K=3,eta=0.1,eta_g=1.5 (sample=uniform:s=3)"
  caught fp4_claims_more "alpha"
  caught randk_all_but_last "the mean is x" "alpha"
  caught scafcom_keeps_true "kept on both sides" "is ef21sgdm:gamma=0.1,eta=0.2,init=exact"
  caught scafcom_momentum_each_step "K=4,eta=1e-7,eta_g=250000,init=gradient is ef21sgdm"
  caught scaffold_by_epochs "reaches the exact solution" "K=4,eta=1e-7,eta_g=250000 is scaffold:K=1,eta=0.1"
  caught scaffold_c_twice "kept on both sides"
  caught scaffold_gradient_at_y "option=I,form=classic is scaffold:K=1,eta=0.1"
  caught scaffold_more_steps "option=I,form=classic is scaffold:K=1,eta=0.1" "K=4,eta=1e-7,eta_g=250000 is scaffold:K=1,eta=0.1"
  caught scaffold_new_c "is gd:gamma=0.3" "form=classic is scaffold:K=3,eta=0.1"
  caught scaffold_of_absent "kept on both sides"
  caught scaffold_of_those_awake "kept on both sides"
  caught scaffold_sends_from_c "kept on both sides" "form=classic,init=gradient is scaffold:K=3,eta=0.1,init=gradient"
  caught scaffold_starts_drawn "every client starts as the options say" "c_i = grad f_i(x_0) for every client"
  caught scallion_by_epochs "is scaffold:K=3,eta=0.1"
  caught scallion_keeps_true "kept on both sides" "reaches the exact solution"
  caught scallion_step_eta_g "is scaffold:K=3,eta=0.1"
  caught masha2_second_gamma "gamma=0.05 is masha1:gamma=0.05 (problem=bilinear)"
  caught vr_masha1_other_rows "reaches the exact solution"
  for mutant in hidenseek_prunes_at_once masha1_free_coin masha1_new_point masha2_forgets_at_coin ; do
    case $mutant in masha*) by=t-masha.py about="${mutant%%_*}, " ;; *) by=t-${mutant%%_*}.py about=NumPy ;; esac
    LACONIC=$mutants LACONIC_MUTANT=$mutant "$srcdir/tests/$by" "$about" > mutant.tap 2>&1
    if ! grep -q '# SKIP' mutant.tap; then
      grep -q '^not ok .*: row ' mutant.tap
      report $? "$mutant is caught by trajectories of NumPy"
    else
      skip "no python3-numpy, python3-h5py" "$mutant is caught by trajectories of NumPy"
    fi
  done
  if [ -n "${LACONIC_TRUTH:-}" ]; then      # with equal clients it converges all the same
    LACONIC=$mutants LACONIC_MUTANT=ef14_forgets "$srcdir/tests/t-truth.py" EF14 > mutant.tap 2>&1
    grep -q '^not ok .*: row ' mutant.tap
    report $? "ef14_forgets is caught by trajectories computed elsewhere"
  else
    skip "LACONIC_TRUTH names no folder with error-feedback" "ef14_forgets is caught by trajectories computed elsewhere"
  fi
  timeout 300 "$mutants" certify --tap gd > mutant.tap 2> mutant.err
  report $? "the same program passes gd without a mutant"
else
  skip "no $mutants" "wrong methods are caught"
fi
finish
