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
# ---- every name of a file that run takes, plot takes ----

drawn() # drawn NAME
{
  cp small.ini "./$1.ini" && "$laconic" run "./$1.ini" && "$laconic" plot "./$1.ini" --out=names --formats=svg,pdf &&
    test -s "names/$1.svg" -a -s "names/$1.pdf" && test ! -e touched && rm -r names "./$1.ini"
}
for name in "it's" "two words" 'q"q' 'b`touch touched`' 'back\slash' '$(touch touched)' '|touch touched' '<touch touched' \
  '-rf' '~' 'a.b' 'π' '#x' '%s%n' "'; system('touch touched'); '" '{x}'; do
  check "a file of the name $name" drawn "$name"
done
check "a name with a control character is refused by run" fails "control characters" "$laconic" run $'a\tb.ini'
check "... and by plot" fails "control characters" "$laconic" plot $'a\tb.ini'

cat >mixed.ini <<'INI'
problem = quadratic
rounds  = 5
clients = 3
algorithm = ef21:gamma=0.01
[run A]
up = {topk:k=2,topk:k=30%,topk:k=5+natural}
[run B]
label = A
up = randk:scale=no
[run C]
up = topk:k={1,2}
[figure]
ymin = 1e-30
INI
check "run" "$laconic" run mixed.ini
check "curves of a label with several compressors" "$laconic" plot mixed.ini --out=mixed --formats=svg
for spec in topk:k=2 topk:k=30% topk:k=5+natural randk:scale=no; do
  check "... $spec is named as it was written" grep -qF "$spec'" mixed/mixed.gp
done
check "... and of one compressor by its option" grep -qE "['>]k=1'" mixed/mixed.gp

for scale in linear log; do
  printf '%s\n' 'problem = quadratic' 'rounds = 3' 'clients = 3' '[run A]' 'algorithm = diloco:H=20' '[figure]' \
    'yscale = linear' "xscale = $scale" >silent.ini
  check "run" "$laconic" run silent.ini
  check "a $scale axis of bits where none were sent" "$laconic" plot silent.ini --formats=svg --out=silent
done

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

# ---- what a verdict rests on ----

cat >kinds.ini <<'INI'
problem = quadratic
clients = 4
rounds  = 300
up      = topk:k=1
[run A]
algorithm = ef21:gamma=theory-qm*{1,4}
[run A again]
algorithm = ef21:gamma=theory-qm*4
[run GD]
algorithm = gd:gamma=theory-qm
up = identity
[run number]
algorithm = gd:gamma=0.01
up = identity
[run zero]
rounds = 0
[run wild]
algorithm = ef21:gamma=theory-qm*1e6
rounds = 100000
INI
check "runs of every kind" "$laconic" run kinds.ini
verdict() # verdict VERDICT REASON LEFT RELATION RIGHT [never]
{
  printf '[claim c]\nsays = x\nleft = %s\nrelation = %s\nright = %s\n' "$3" "$4" "$5" >kinds.claims
  [ $# -lt 6 ] || echo "never = counts" >>kinds.claims
  "$laconic" claims kinds.ini --out=k >seen 2>&1 && grep -qF "c;$1;" <(tr "\t" ";" <k/kinds.verdicts) &&
    says "$2" k/kinds.verdicts && return
  cat seen; return 1
}
on4="label=A, factor=4"
wrong=0
while IFS='/' read -r want why left relation right never; do
  # shellcheck disable=SC2086
  verdict "$want" "$why" "$left" "$relation" "$right" $never >said && continue
  echo "# wanted $want: $left $relation $right $never"
  sed 's/^/# /' said
  wrong=$((wrong + 1))
done <<EOF
HOLDS/holds/rounds_to(grad_norm_sq, 1e-3) of $on4/</rounds_to(grad_norm_sq, 1e-3) of label=A, factor=1
FAILS/fails/1e9 + rounds_to(grad_norm_sq, 1e-3) of $on4/</rounds_to(grad_norm_sq, 1e-3) of label=A, factor=1
HOLDS/holds/1e9 + 0 * rounds_to(grad_norm_sq, 1e-3) of $on4/within 1 of/1e9
HOLDS/holds/-1e9 + 2 * smallest rounds_to(grad_norm_sq, 1e-3) of $on4/</-9e8
HOLDS/holds/rounds_to(grad_norm_sq, 1e-3) of $on4/</infinity
FAILS/fails/rounds_to(grad_norm_sq, 1e-3) of $on4/>=/infinity
HOLDS/holds/rounds_to(grad_norm_sq, 1e-99) of $on4/>=/infinity
FAILS/fails/rounds_to(grad_norm_sq, 1e-99) of $on4/</infinity
NOT TESTED/no side ever/rounds_to(grad_norm_sq, 1e-99) of $on4/<=/rounds_to(grad_norm_sq, 1e-99) of label=GD
NOT TESTED/no side ever/rounds_to(grad_norm_sq, 1e-99) of $on4/<=/rounds_to(grad_norm_sq, 1e-99) of label=GD/never
NOT TESTED/no side ever/rounds_to(grad_norm_sq, 1e-99) of $on4/within 2 of/rounds_to(grad_norm_sq, 1e-99) of label=GD/never
NOT TESTED/no side ever/bits_to(grad_norm_sq, 1e-99) of $on4/>=/2 * smallest bits_to(grad_norm_sq, 1e-99) of label=GD|A, factor=1
NOT TESTED/no side ever/factor_to(grad_norm_sq, 1e-99) of $on4/<=/factor_to(grad_norm_sq, 1e-99) of label=GD
NOT TESTED/left side never/rounds_to(grad_norm_sq, 1e-99) of $on4/>/rounds_to(grad_norm_sq, 1e-3) of label=GD
HOLDS/holds/rounds_to(grad_norm_sq, 1e-99) of $on4/>/rounds_to(grad_norm_sq, 1e-3) of label=GD/never
FAILS/fails/rounds_to(grad_norm_sq, 1e-99) of $on4/<=/rounds_to(grad_norm_sq, 1e-3) of label=GD/never
NOT TESTED/right side never/bits_to(grad_norm_sq, 1e-3) of $on4/</bits_to(grad_norm_sq, 1e-99) of label=GD
HOLDS/holds/bits_to(grad_norm_sq, 1e-3) of $on4/</bits_to(grad_norm_sq, 1e-99) of label=GD/never
NOT TESTED/left side never/rounds_to(grad_norm_sq, 1e-99) of $on4/>/5
NOT TESTED/left side never/factor_to(grad_norm_sq, 1e-99) of $on4/</5
HOLDS/holds/factor_to(grad_norm_sq, 1e-99) of $on4/</5/never
NOT TESTED/left side never/last(grad_norm_sq) of label=wild/>/1
HOLDS/holds/last(grad_norm_sq) of label=wild/>/1/never
NOT TESTED/left side never/tail(f) of label=wild/>/last(f) of label=GD
NOT TESTED/left side never/max(f) of label=wild/>/last(f) of label=GD
NOT TESTED/left side never/at(f, 0.5) of label=wild/>/last(f) of label=GD
NOT TESTED/left side never/min(f) of label=wild/>=/1e-30
HOLDS/holds/min(f) of label=wild/>=/1e300/never
HOLDS/holds/at(f, 0.5) of label=wild/>=/1e300/never
NOT TESTED/no side ever/last(f) of label=wild/>=/tail(f) of label=wild/never
NOT TESTED/left side did not move/last(grad_norm_sq) of label=zero/>/1e-30
NOT TESTED/left side did not move/first(grad_norm_sq) of label=zero/<=/1e30
NOT TESTED/left side did not move/min(f) of label=zero/<=/max(f) of label=zero/never
NOT TESTED/left side did not move/rounds_to(grad_norm_sq, 1e30) of label=zero/<=/1
NOT TESTED/left side did not move/rounds_to(grad_norm_sq, 1e30) of $on4/<=/1
NOT TESTED/right side did not move/rounds_to(grad_norm_sq, 1e-3) of $on4/>=/rounds_to(grad_norm_sq, 1e30) of label=GD
NOT TESTED/left side did not move/bits_to(grad_norm_sq, 1e30) of $on4/<=/bits_to(grad_norm_sq, 1e30) of label=GD/never
NOT TESTED/left side did not move/factor_to(grad_norm_sq, 1e30) of $on4/>=/4
NOT TESTED/right side did not move/last(f) of $on4/<=/last(f) of label=zero
NOT TESTED/left side did not move/last(bits_down) of label=zero/<=/0
NOT TESTED/same run/last(f) of $on4/<=/last(f) of $on4
NOT TESTED/same run/last(f) of $on4/</2 * last(f) of $on4
NOT TESTED/same run/last(f) of $on4/within 2 of/last(f) of label=A again
NOT TESTED/same run/smallest rounds_to(grad_norm_sq, 1e-3) of label=A/<=/rounds_to(grad_norm_sq, 1e-3) of label=A again
HOLDS/holds/last(grad_norm_sq) of $on4/</first(grad_norm_sq) of $on4
NOT TESTED/no factor/factor_to(grad_norm_sq, 1e-1) of label=number/</3
NOT TESTED/no result/last(f) of label=nobody/</3
NOT TESTED/right side did not move/last(f) of label=zero|A again/increases with/rounds
HOLDS/holds/last(grad_norm_sq) of $on4, up=topk:k=1/</first(grad_norm_sq) of $on4, up=topk:k=1
NOT TESTED/no result/last(f) of $on4, up=topk:k/</3
NOT TESTED/no result/last(f) of $on4, up=topk:k=11/</3
HOLDS/A ×4 (as A again/smallest rounds_to(grad_norm_sq, 1e-3) of label=A|A again/<=/1e6
EOF
check "a verdict rests on sides that say something: $wrong wrong" test $wrong -eq 0
bad_side()
{
  printf '[claim c]\nsays = x\nleft = last(f) of label=GD\nrelation = <\nright = %s\n' "$1" >kinds.claims
  fails "$2" "$laconic" claims kinds.ini
}
check "a side that is no number" bad_side "nan" "is not [NUMBER +]"
check "infinity and something" bad_side "infinity + last(f) of label=A, factor=1" "is not [NUMBER +]"
check "infinity times something" bad_side "infinity * last(f) of label=A, factor=1" "is not [NUMBER +]"
printf '[claim c]\nsays = x\nleft = last(f) of label=GD\nrelation = <\nright = 1\nnever = yes\n' >kinds.claims
check "never = counts alone" fails "never must be counts" "$laconic" claims kinds.ini
printf '[claim c]\nsays = x\nleft = last(f) of label=A|zero\nrelation = decreases with\nright = rounds\n' >kinds.claims
check "two runs at one value of the key" fails "more than one run" "$laconic" claims kinds.ini
printf '[claim c]\nsays = x\nleft = last(f) of label=GD\nrelation = decreases with\nright = split\n' >kinds.claims
check "a key that is no number" fails "not a number that anything" "$laconic" claims kinds.ini
printf '[claim c]\nsays = x\nfor each = up\nleft = last(f) of label=A, factor=4\nrelation = <\nright = 1e9\n' >kinds.claims
check "a case that is a spec is named with its options" sh -c \
  '"$0" claims kinds.ini --out=k >seen && grep -q "tightest: topk:k=1," seen' "$laconic"

# Both steps arrive at the row that is the only one behind the start.
sed -e 's/^rounds  = 300/rounds = 600\neval = 600\nbest = smallest rounds_to(grad_norm_sq, 1e-2)/' \
  -e '/^.run A again/,$d' kinds.ini >ties.ini
check "ties run" "$laconic" run ties.ini
printf '[claim c]\nsays = x\nrelation = <\nright = 1e6\nleft = smallest rounds_to(grad_norm_sq, 1e-2) of label=A, best=yes|no\n' \
  >ties.claims
check "points that are as good are named" sh -c \
  '"$0" claims ties.ini --out=k >seen; grep -q "as good: ×4" seen && grep -q "×4$" k/ties.best' "$laconic"
check "... and runs that are as small" grep -q "(as A ×4)" seen

# ---- a file is whole, or the old one stays and the exit is not 0 ----

mkdir -p bin full
# fake COMMAND: a gnuplot that measures texts, and in the place of drawing does this.
fake() { printf '#!/bin/sh\n[ "$2" = - ] && exec %s "$@"\n%s\n' "$real" "$1" >bin/gnuplot && chmod +x bin/gnuplot; }
real=$(command -v gnuplot)
printf '#!/bin/sh\nexit 1\n' >bin/gnuplot && chmod +x bin/gnuplot
for file in small.pdf small.svg small.png small.dat small.gp small.verdicts small.verdicts.md; do echo old >full/$file; done
keeps() # keeps FILES COMMAND...: the command fails with one sentence on stderr, and these files are the old ones, and no others are there
{
  local files=$1 file; shift
  "$@" >seen 2>err && { echo "exit 0"; cat seen; return 1; }
  [ "$(grep -c "^laconic: " err)" -eq 1 ] || { cat err; return 1; }
  for file in $files; do [ "$(cat "full/$file")" = old ] || { echo "full/$file is another"; return 1; }; done
  [ "$(find full -type f | wc -l)" -eq 7 ] || { ls -a full; return 1; }
}
check "gnuplot cannot measure" keeps "small.pdf small.svg small.png small.gp" env PATH="$PWD/bin:$PATH" "$laconic" plot small.ini --out=full
fake 'exit 1'
check "gnuplot fails" keeps "small.pdf small.svg small.png" env PATH="$PWD/bin:$PATH" "$laconic" plot small.ini --out=full
# shellcheck disable=SC2016
for cut in 'printf "%%PDF-1.5 cut" >"$picture"' 'printf "<svg cut" >"$picture"' ': >"$picture"' ':'; do
  fake 'picture=$(echo "$3" | sed "s/.*picture=.//; s/.$//"); '"$cut"
  check "gnuplot exits 0 and left: $cut" keeps "small.pdf small.svg" env PATH="$PWD/bin:$PATH" "$laconic" plot small.ini --out=full \
    --formats=pdf,svg
done

# On a disk of so many KB, with seven small files there already; root alone can mount one.
small_disk() # KB FILES COMMAND...
{
  local size=$1 files=$2; shift 2
  rm -rf full && mkdir full && mount -t tmpfs -o "size=${size}k" tmpfs full || return 1
  for file in pdf svg png dat gp verdicts verdicts.md; do echo old >full/small.$file; done
  keeps "$files" "$@"; local code=$?
  umount full && return $code
}
mkdir disk
if mount -t tmpfs -o size=4k tmpfs disk 2>/dev/null && umount disk; then
  check "no room for the data" small_disk 28 "small.pdf small.svg small.png small.dat small.gp" "$laconic" plot small.ini --out=full
  for size in 44 48 52 56; do
    check "no room for a picture: $size KB" small_disk $size "small.png" "$laconic" plot small.ini --out=full --formats=png
  done
  check "no room for verdicts" small_disk 28 "small.verdicts small.verdicts.md" "$laconic" claims small.ini --out=full
fi
mkdir -p full
for file in pdf svg png dat gp verdicts verdicts.md; do echo old >full/small.$file; done
check "a folder that is a file" fails "--out" "$laconic" plot small.ini --out=small.ini/x
check "with room again all are replaced" sh -c \
  '"$0" plot small.ini --out=full && "$0" claims small.ini --out=full && ! grep -lx old full/*' \
  "$laconic"
check "... and nothing else is left" test "$(find full -type f | wc -l)" -eq 7

# ---- a number of each run over an option ----

cat >over.ini <<'INI'
problem = quadratic
clients = 4
rounds  = 30
x0      = normal
seed    = {1,2}
[run EF21]
algorithm = ef21:gamma=0.01
up = topk:k={8,1,4}
[run EF14]
algorithm = ef14:gamma={0.01,0.005}
up = topk:k=2
best = smallest last(grad_norm_sq)
[run EF14 of 4]
label = EF14
algorithm = ef14:gamma={0.01,0.002}
up = topk:k=4
best = smallest last(grad_norm_sq)
[figure]
x    = topk.k
y    = last(grad_norm_sq)
over = seed
centre = mean
INI
check "run" "$laconic" run over.ini
check "a number of each run over an option" "$laconic" plot over.ini --out=over --formats=svg
"$laconic" table over.ini --best --csv --columns=label,topk.k,last.grad_norm_sq >numbers.csv
# The mean over the seeds of each label and k, in the order of k, against the points of the figure, which have 6 digits.
means()
{
  awk -F, 'NR > 1 { i = $1 " " $2; sum[i] += $3; n[i]++ } END { for (i in sum) print i, sum[i]/n[i] }' numbers.csv | sort -k1,1r -k2,2n
}
same_means()
{
  paste -d' ' <(means) <(awk 'NF == 5 && $1 ~ /^[0-9]/ { print $1, $2, $5 }' over/over.dat) >both
  awk 'NF != 6 || $2 != $4 || $3/$5 > 1.00001 || $5/$3 > 1.00001 || $5 != $6 { print; bad = 1 } END { exit bad || NR != 5 }' both
}
check "... in its order, the mean of its seeds, each marked" same_means
sed 's/^best.*//' over.ini >twice.ini
check "run" "$laconic" run twice.ini
check "two runs at one place are refused" fails "several runs with topk.k = 2" "$laconic" plot twice.ini
sed 's/^\[figure/[run GD]\nalgorithm = gd:gamma=0.01\nup = identity\n&/' over.ini >level.ini
check "run" "$laconic" run level.ini
check "a run without the option" "$laconic" plot level.ini --out=level --formats=svg
"$laconic" table level.ini --best --csv --columns=label,clients,last.grad_norm_sq >numbers.csv
is_level() # from the least to the most of the others
{
  means | awk '/GD/ { print 1, $3; print 8, $3 }' >want
  awk '/^# GD/ { gd = 1 } gd && NF == 5 && $1 ~ /^[0-9]/ { print $1, $2 }' level/level.dat | paste -d' ' - want >both
  awk 'NF != 4 || $1 != $3 || $2/$4 > 1.00001 || $4/$2 > 1.00001 { print; bad = 1 } END { exit bad || NR != 2 }' both
}
check "... is a level line" is_level
sed 's/^x .*/x = natural.round/' over.ini >none.ini
check "an option that no run has is refused" fails "not all have the option" "$laconic" plot none.ini
sed 's/^x .*/x = up/' over.ini >words.ini
check "an option that is no number is refused" fails "is not a number" "$laconic" plot words.ini
sed 's/^x .*/x = round, topk.k/' over.ini >several.ini
check "another axis beside it is refused" fails "one option" "$laconic" plot several.ini
sed 's/^y .*/y = time_to(f, 1, 1Mbit\/s)/' over.ini >clock.ini
sed -e 's/^x .*/x = gamma/' -e 's/{8,1,4}/8/' -e 's/^label = EF14/label = more/' over.ini >method.ini
check "an option of each method by its own name" "$laconic" plot method.ini --out=over --formats=svg
check "a time is drawn over the rate" fails "x = rate" "$laconic" plot clock.ini

# ---- results without a finite value ----

sed -e '/^.run GD/,/^up/d' -e 's/^rounds .*/rounds = 3\nx0 = normal:scale=1e300/' -e 's/^title.*//' small.ini >nan.ini
check "a run without a finite value" "$laconic" run nan.ini
check "is drawn with a message" sh -c \
  '"$0" plot nan.ini --out=n >seen 2>&1 && ! grep -i -e warning -e error seen && grep -q "no finite value" n/nan.svg' "$laconic"

# ---- the papers' figures: every file runs, is drawn and claims something, also where there is no data set ----

reports=$srcdir/reports figures=0
unset LACONIC_DATA
# Debian's package brings Fashion-MNIST wherever LACONIC_DATA points, and 60000 rows take too long here.  In its place are rows of 10
# classes and 8 features of [0,1], as many as 40 clients with batches of 32 need.
rows_of_classes() # rows_of_classes COUNT
{
  awk -v rows="$1" 'BEGIN { for (i = 0; i < rows; i++)
    print i % 10, "1:" i % 7 / 7, "2:" i % 3 / 3, "3:" i % 10 / 10, "4:1 5:1 6:1 7:1 8:1" }'
}
rows_of_classes 1600 >rows.svm
rows_of_classes 200 >held-out.svm
# The same for the licences that language models read by default: as few words as have a block that is held out.
awk 'BEGIN {
  for (i = 0; i < 7000; i++)
    printf "%s%c", substr("permission is hereby granted to copy this text", i*i % 37 + 1, 6), i % 9 ? 32 : 10
}' >words.txt
# Two seeds of several, two numbers of the first grid of a method and one of the others, 40 clients of 200 and a small network, where it
# is not made before, take every path that all of them take.
fewer='s/^\(seed *= *{[0-9]*,[0-9]*\),[0-9,]*}/\1}/; s/^\(clients *= *\)200$/\140/
  /^algorithm/s/{\([0-9.e-]*,[0-9.e-]*\),[0-9.e,-]*}/{\1}/
  /^algorithm/s/{\([0-9.e-]*\),[0-9.e,-]*}/\1/2g'
narrow='s/^\(problem *= *lm:.*width=\)32/\18/; s/^\(problem *= *mlp:hidden=\)[0-9]*x[0-9]*/\132x16/'
shortened() # shortened FILE.ini: prints the path of a copy, with its claims, in a folder of the same name
{
  local folder less=$fewer; folder=short/$(basename "$(dirname "$1")")
  grep -q '^; *before:' "$1" || less="$fewer; $narrow"
  mkdir -p "$folder" && sed "$less" "$1" >"$folder/$(basename "$1")" && cp "${1%.ini}.claims" "$folder" && echo "$folder/$(basename "$1")"
}
models_of() { sed -n 's|^; *laconic model \([^ ]*\) -o results/.*[.]h5$|\1|p' "$1"; }
benches_of() { sed -n 's|^; *laconic bench \(.*\)$|\1|p; s|^; *\(-s.*\)$|\1|p' "$1" | tr '\n' ' ' | sed -E 's/-s(1e[67]|3162278)//g'; }
in_short() # in_short COMMAND FILE.ini OPTIONS...
{
  local command=$1 ini=$2 shorter=(--rounds=2 --eval=1 --stop=none --results=figures); shift 2
  if [ -n "$(models_of "$ini")" ]; then
    if [ "$command" = run ]; then
      local bench; read -ra bench <<<"$(benches_of "$ini")"
      [ ${#bench[@]} -eq 0 ] || { mkdir -p results && "$laconic" bench "${bench[@]}" --seconds=0.001 >bench.out || return 1; }
      "$laconic" model "$(models_of "$ini")" -o "figures/$(basename "$ini" .ini).h5"
    else
      "$laconic" "$command" "$ini" --results=figures "$@"
    fi
    return
  fi
  if grep -q '^dataset *= *[a-z-]*mnist' "$ini"; then shorter+=(--dataset="$PWD/rows.svm"); fi
  if grep -q '^problem *= *lm' "$ini" && ! grep -q '^dataset' "$ini"; then shorter+=(--dataset="$PWD/words.txt"); fi
  if grep -q '^test-dataset *= *[a-z-]*mnist' "$ini"; then shorter+=(--test-dataset="$PWD/held-out.svm"); fi
  "$laconic" "$command" "$ini" "${shorter[@]}" "$@"
}
begins() # begins FILE.ini: what its runs start from
{
  local words
  mkdir -p results
  while read -ra words; do
    case ${words[0]} in
    laconic) in_short run "$srcdir/${words[2]}" "${words[@]:3}" || return 1 ;;
    *) "$srcdir/${words[0]}" "${words[@]:1}" || return 1 ;;
    esac
  done < <(sed -n 's|^; *before: *||p' "$1")
}
draws_without_data() { begins "$1" && in_short run "$1" && in_short plot "$1" --formats=svg --out=drawn; }
claims_are_read() { in_short claims "$1" --out=drawn; }
for ini in "$reports"/*/*.ini; do
  [ -f "${ini%.ini}.claims" ] || continue
  target=figure-$(basename "$(dirname "$ini")")-$(basename "$ini" .ini)
  [ ! -f "$reports/local.mk" ] || check "make $target" grep -qE "^  $target( |\$)" "$reports/local.mk"
  short=$(shortened "$ini")
  if grep -q '^; *reports/.* -o results/' "$ini"; then      # by hosts of this machine or by SimGrid, for minutes
    skip "its table is measured" "${ini#"$reports"/} without a data set"
    figures=$((figures + 1))
    continue
  fi
  check "${ini#"$reports"/} without a data set" draws_without_data "$short"
  check "... its claims" claims_are_read "$short"
  figures=$((figures + 1))
done
is "these were all experiment files with claims: $figures" "$figures" "$(ls "$reports"/*/*.claims | wc -l)"
finish
