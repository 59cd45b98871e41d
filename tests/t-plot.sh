#!/bin/bash
# laconic plot and laconic claims on a small experiment: files of the right kind, verdicts, hostile texts, missing results.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
command -v gnuplot > /dev/null || skip_all "no gnuplot (Debian: gnuplot-nox)"
laconic=$LACONIC

check() # check "what" COMMAND...
{
  local what=$1 status; shift
  "$@" >out 2>&1
  status=$?
  report $status "$what"
  if [ $status -ne 0 ] && selected "$what"; then sed 's/^/# /' out; fi
}
says() { grep -qF -- "$1" "$2" || { echo "no '$1' in:"; cat "$2"; return 1; }; }
starts_with() { [ "$(head -c ${#1} "$2")" = "$1" ] || { echo "$2 does not begin with $1"; return 1; }; }
fails() # fails "sentence" COMMAND...: exit code 1, one sentence, which says this
{
  local text=$1; shift
  "$@" >seen 2>&1; local code=$?
  [ $code -eq 1 ] && [ "$(wc -l <seen)" -eq 1 ] && says "$text" seen || { echo "exit code $code"; cat seen; return 1; }
}

cat >small.ini <<'INI'
problem = quadratic
clients = 4
rounds  = 300
up      = topk:k=1
[run EF21]
algorithm = ef21:gamma=theory-qm*{1,4,256}
[run GD]
algorithm = gd:gamma=theory-qm
up = identity
[figure]
title   = A 'title' `touch title` $(touch title) "; system('touch title') # {/Bold a} <script>alert(1)</script> @x \
caption = ' ; system('touch caption') ; ` touch caption `
legend  = `touch legend`
x       = round, bits_up_per_client
INI
cat >small.claims <<'INI'
[claim true]
says     = larger steps up to 4 help EF21 | with a bar
for each = clients
left     = rounds_to(grad_norm_sq, 1e-3) of label=EF21, factor=1|4
relation = decreases with
right    = factor
[claim false]
says     = EF21 needs more bits than GD
left     = 1 * smallest bits_to(grad_norm_sq, 1e-3) of label=EF21
relation = >
right    = bits_to(grad_norm_sq, 1e-3) of label=GD
[claim diverges]
says     = a step 256 times the theory's is too large
left     = last(grad_norm_sq) of label=EF21, factor=256
relation = >
right    = 1e3 * first(grad_norm_sq) of label=EF21, factor=256
[claim untested]
says     = nothing was run with 7 clients
left     = last(f) of clients=7
relation = <
right    = 1
INI

check "a result that is not there is named, with the remedy" fails "run it first: laconic run small.ini" "$laconic" plot small.ini
check "so it is for claims" fails "there is no result of [run EF21]" "$laconic" claims small.ini
check "run" "$laconic" run small.ini
check "plot" "$laconic" plot small.ini --out=a/b
check "PDF" starts_with "%PDF-" a/b/small.pdf
check "SVG" grep -q "<svg" a/b/small.svg
if command -v python3 > /dev/null; then
  check "SVG is well-formed" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' a/b/small.svg
else
  skip "no python3" "SVG is well-formed"
fi
check "PNG" sh -c 'head -c 4 a/b/small.png | od -An -c | grep -q "211   P   N   G"'
check "data and script stay" test -s a/b/small.dat -a -s a/b/small.gp
check "the script draws alone" sh -c 'cd a/b && rm small.svg && gnuplot -d -e "format=\"svg\"" small.gp && test -s small.svg'
check "texts run nothing" sh -c '! find . -name title -o -name caption -o -name legend | grep .'
check "texts are shown as they are" says "&lt;script" a/b/small.svg
check "a run that diverges does not stretch the axis" sh -c '! grep "^set yrange" a/b/small.gp | grep -q "e+[0-9][0-9]"'
check "one format" sh -c '"$0" plot small.ini --out=one --formats=svg && test -s one/small.svg -a ! -e one/small.pdf' "$laconic"
check "an unknown format" fails "--formats" "$laconic" plot small.ini --formats=gif
sed 's/^x  .*/x = rounds/' small.ini >bad.ini
check "an unknown column" fails "did you mean" "$laconic" plot bad.ini
cp small.ini "it's.ini"
check "a file name that no script can hold" fails "spaces, quotes" "$laconic" plot "it's.ini"
check "no gnuplot: a sentence with the package" fails "apt-get install gnuplot-nox" env PATH=/nonexistent "$laconic" plot small.ini

check "claims" "$laconic" claims small.ini --out=c
check "a true claim holds" grep -qE "^true[[:space:]]HOLDS" c/small.verdicts
check "a false claim fails" grep -qE "^false[[:space:]]FAILS" c/small.verdicts
check "divergence counts as infinity or far above the start" grep -qE "^diverges[[:space:]]HOLDS" c/small.verdicts
check "without a result: not tested" grep -qE "^untested[[:space:]]NOT TESTED" c/small.verdicts
check "rows of the Markdown tables have their columns" sh -c \
  'sed "s/\\\\|//g" c/small.verdicts.md | awk -F"|" "NR<=6 && NF!=8 || NR>8 && NF!=5 {bad=1; print} END {exit bad}"'
check "--strict" sh -c '"$0" claims small.ini --strict >seen 2>&1; test $? -eq 1' "$laconic"
check "--tap" sh -c '"$0" claims small.ini --tap >seen && grep -q "^not ok 2 - false" seen && grep -q "^ok 4 .*# SKIP" seen' "$laconic"

bad_claim() # bad_claim "sentence" LEFT RELATION RIGHT
{
  sed '/^\[claim/,$d' small.ini >wrong.ini
  printf '[claim wrong]\nsays = x\nleft = %s\nrelation = %s\nright = %s\n' "$2" "$3" "$4" >wrong.claims
  fails "$1" "$laconic" claims wrong.ini
}
check "a side that selects two runs" bad_claim "selects more than one run" "last(f) of label=EF21" "<" "1"
check "an unknown reduction" bad_claim "no reduction 'mean'" "mean(f) of label=GD" "<" "1"
check "an unknown column in a claim" bad_claim "no column 'g'" "last(g) of label=GD" "<" "1"
check "an unknown relation" bad_claim "relation must be" "last(f) of label=GD" "==" "1"
check "a missing number" bad_claim "takes a column and a number" "at(f) of label=GD" "<" "1"

# ---- the papers' figures: every file runs, is drawn and claims something, also where there is no data set ----

reports=$srcdir/reports figures=0
unset LACONIC_DATA
draws_without_data()
{
  "$laconic" run "$1" --rounds=2 --eval=1 --stop=none --results=figures &&
    "$laconic" plot "$1" --formats=svg --rounds=2 --eval=1 --stop=none --results=figures --out=drawn
}
claims_are_read() { "$laconic" claims "$1" --rounds=2 --eval=1 --stop=none --results=figures --out=drawn; }
for ini in "$reports"/*/*.ini; do
  [ -f "${ini%.ini}.claims" ] || continue
  check "${ini#"$reports"/} without a data set" draws_without_data "$ini"
  check "... its claims" claims_are_read "$ini"
  figures=$((figures + 1))
done
is "these were all experiment files with claims: $figures" "$figures" "$(ls "$reports"/*/*.claims | wc -l)"
finish
