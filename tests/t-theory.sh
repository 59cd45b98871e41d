#!/bin/bash
# The bounds of theory against an adversary whose error is all that alpha admits (tests/mutants/adversary.c): every method that declares a
# bound, on several problems; and steps that theory does not admit are found out.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
mutants=${LACONIC_MUTANTS:-$builddir/tests/laconic-mutants}
[ -x "$mutants" ] || skip_all "no $mutants"

certify() {      # OPTIONS NAMES...
  local options=$1
  shift
  timeout 300 "$mutants" certify --tap --with="$options" "$@" > bounds.tap 2> bounds.err
}

# Findings of which nothing is said in these settings are left out: the method refuses the compressor, or takes one down as well.
held=0
for alpha in 0.02 0.1 0.5; do
  for how in longer shorter turned largest alike changing; do
    adversary=adversary:alpha=$alpha,how=$how
    for options in "up=$adversary" "down=$adversary" "up=$adversary down=$adversary"; do
      certify "$options" algorithms
      status=$?
      grep '|grad f|^2 <= ' bounds.tap | grep -v '# SKIP' | sed "s/^\(not ok\|ok\) \([0-9]*\) - /\1 \2 - $options, /" > said.tap
      adopt said.tap
      held=$((held + $(grep -c '^ok ' said.tap)))
      report $status "certify --with='$options' ends well: $(cut -c 1-120 bounds.err)"
    done
  done
done

ok "$held bounds were compared, at least two in each setting" test $held -ge $((3 * 6 * 3 * 2))

# ---- the bounds are near: they can tell a step that is too long ----

alike="problem=quadratic:hetero=0 up=adversary:alpha=0.3"
certify "$alike" ef21
grep -qE '^ok .* - ef21: init=exact is never above' bounds.tap
report $? "EF21 with equal clients holds its bound against the adversary"
LACONIC_MUTANT=ef21_beta_alpha certify "$alike" ef21
grep -qE '^not ok .* - ef21: init=exact is never above' bounds.tap
report $? "a step 1.3 times as long does not (ef21_beta_alpha)"
finish
