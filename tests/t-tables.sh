#!/bin/bash
# Figures and claims of tables: CSV and HDF5, points against lines, y = x, conditions on rows, quotients; bad input in one sentence.
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
never_says() { ! grep -qF -- "$1" "$2" || { echo "'$1' in:"; cat "$2"; return 1; }; }
fails() # fails "sentence" COMMAND...: exit code 1, one sentence, which says this
{
  local text=$1; shift
  "$@" >seen 2>&1; local code=$?
  [ $code -eq 1 ] && [ "$(wc -l <seen)" -eq 1 ] && says "$text" seen || { echo "exit code $code"; cat seen; return 1; }
}
plot() { "$laconic" plot "$1" --formats=svg --out=drawn; }
claims() { "$laconic" claims "$1" --out=drawn; }

# 3 ways to measure 4 exchanges: predicted and measured seconds; one prediction is 30 % off, below half a second; one is missing.
cat >seconds.csv <<'CSV'
way,exchange,ranks,predicted,measured
A,star,4,4.0,3.8
A,ring,4,2.0,2.1
A,tree,4,0.1,0.13
A,"late, ring",4,1.0,
B,star,8,8.0,8.1
B,ring,8,2.5,2.4
B,tree,8,3.0,3.2
B,"late, ring",8,1.0,1.05
C,star,16,16.0,16.1
C,ring,16,2.8,2.75
C,tree,16,5.0,5.2
C,"late, ring",16,1.5,1.52
CSV
ini() # ini NAME LINE...: NAME.ini with these lines in [figure]
{
  local name=$1; shift
  { echo 'title = Seconds'; echo '[figure]'; printf '%s\n' "$@"; } >"$name.ini"
  : >"$name.claims"
}
figure=('table = seconds.csv' 'x = predicted' 'y = measured' 'series = way' 'panels = ranks' 'xscale = log')
ini seconds "${figure[@]}" 'points = way=A|B|C' 'diagonal = yes'
cat >>seconds.claims <<'INI'
[claim ten-percent]
says     = where it takes half a second, a prediction is within 10 %
for each = way
left     = largest max(measured/predicted) of measured>=0.5
relation = within 1.1 of
right    = 1
[claim all-of-them]
says     = all are
left     = largest max(measured/predicted) of measured>0
relation = within 1.1 of
right    = 1
[claim star-slow]
says     = a star takes longer than a ring
for each = ranks
left     = last(measured) of exchange=star
relation = >
right    = last(measured) of exchange=ring
[claim nothing]
says     = nothing is above a thousand seconds
left     = largest max(measured) of measured>1000
relation = <
right    = 0
INI

check "a figure of a CSV" plot seconds.ini
check "... has a panel for each value of a column of numbers" test "$(grep -c '^set lmargin at screen 0\.' drawn/seconds.gp)" -eq 3
check "... and the line y = x in each, and says so" test "$(grep -c '^plot x with lines' drawn/seconds.gp)" -eq 3
check "... and says so" says 'Dashed: y = x.' drawn/seconds.gp
check "... a value that is missing is no point" test "$(grep -c '^1 ' drawn/seconds.dat)" -eq 1
is "... points have no line" "$(grep -c 'using 1:2 lw' drawn/seconds.gp) $(grep -c 'using 1:2 with points' drawn/seconds.gp)" "0 11"
check "claims of a CSV" claims seconds.ini
verdict() { awk -F '\t' -v claim="$1" '$1 == claim { print $2; exit }' drawn/seconds.verdicts; }
numbers() { awk -F '\t' -v claim="$1" '$1 == claim { printf "%s%s", sep, $5; sep = " " }' drawn/seconds.verdicts; }
is "... a quotient of columns, on the rows that meet a condition" \
  "$(verdict ten-percent) $(numbers ten-percent)" "HOLDS 1.05 1.0666666666666667 1.04"
is "... fails on all rows" "$(verdict all-of-them) $(numbers all-of-them)" "FAILS 1.3"
is "... a case for each value of a column of numbers" \
  "$(verdict nothing) $(awk -F '\t' '$1 == "star-slow"' drawn/seconds.verdicts | wc -l)" \
  "NOT TESTED 3"
check "a verdict says the number of rows that it is about" grep -qE 'B: .*\(of 4 rows\)' drawn/seconds.verdicts.md

# The same numbers as HDF5, in another folder.
mkdir -p elsewhere
check "a table of laconic model" "$laconic" model dgc -o elsewhere/dgc.h5
cat >dgc.ini <<'INI'
title = DGC
[figure]
table  = dgc.h5
x      = ranks
y      = ratio
series = density
xscale = log
of     = density=0.1%|1%, ranks<=64
INI
cat >dgc.claims <<'INI'
[claim crossover]
says     = at 1 % the crossover is 100 ranks
for each = density
left     = max(crossover) of density=1%
relation = within 1.0001 of
right    = 100
[claim rows]
says     = six powers of two are at most 64
left     = max(ranks) of density=1%, ranks<=64
relation = <=
right    = 64
INI
check "... is found in --results" "$laconic" plot dgc.ini --results=elsewhere --formats=svg --out=drawn
is "... and drawn row by row, as [figure] of says" \
  "$(grep -c '^\$curve' drawn/dgc.dat) $(grep -cE '^[0-9]+ [0-9.e-]+ ' drawn/dgc.dat)" "2 12"
check "... an axis has the unit of its column" says "'ratio'" drawn/dgc.gp
"$laconic" claims dgc.ini --results=elsewhere --out=drawn >out 2>&1
is "... claims hold" "$(grep -c ^HOLDS out)" 2
check "... and say of how many rows" says "(of 6 rows)" drawn/dgc.verdicts

printf 'bits,loss\n8,3\n16,2\n' >bits.csv
ini bits 'table = bits.csv' 'x = bits' 'y = loss'
check "a column called bits is itself, and no sum of others" plot bits.ini
is "... both points of it" "$(grep -cE '^(8|16) [23]' drawn/bits.dat)" 2

# A map of who wins: 3 x 2 cells, whose edges lie half way between neighbours as the axes are scaled; a column that is the same everywhere.
printf 'winner,rate,d,machine\nsign,1,10,m\nsign,10,10,m\ntopk,100,10,m\ntopk,1,20,m\ntopk,10,20,m\ntopk,100,20,m\n' >map.csv
ini map 'table = map.csv' 'x = rate' 'y = d' 'series = winner' 'cells = yes' 'xscale = log' 'yscale = linear'
check "a map" "$laconic" plot map.ini --formats=svg,png,pdf --out=drawn
cells() { awk '/^\$cells/ { on = 1 } /^end/ { on = 0 } on && /^[0-9]/' drawn/map.dat; }
is "... has a cell a row" "$(cells | wc -l) $(grep -c boxxyerror drawn/map.gp)" "6 2"
is "... geometric on a logarithmic axis, outer ones as wide as inner ones" "$(cells | sed -n 2p)" "10 10 3.162278 31.62278 5 15"
is "... and the axes end at them" "$(grep -oE '^set [xy]range .*' drawn/map.gp | head -2 | tr '\n' ' ')" \
  "set yrange [5:25] set xrange [0.316227766:316.227766] "
check "... a column that is the same in all rows names nothing" never_says "sign m" drawn/map.gp

check "a report has it" "$laconic" report dgc.ini --results=elsewhere --out=page.html
check "... with its figure" says "<svg" page.html
check "... which says what it is of" says "the table <code>dgc.h5</code>, 52 rows" page.html
check "a report of a table that is missing" "$laconic" report dgc.ini --results=nowhere --out=page.html
check "... says so" says "which is missing" page.html

# ---- bad input ----

bad() # bad "what" "sentence" LINE...: a figure of these lines is refused by plot
{
  local what=$1 text=$2; shift 2
  ini bad "$@"
  check "$what" fails "$text" plot bad.ini
}
bad "a table that is not there" "there is no nothing.h5, neither beside this file nor in results/" 'table = nothing.h5' 'x = a' 'y = b'
bad "no x" "say which columns are drawn" 'table = seconds.csv' 'y = measured'
bad "no y" "say which columns are drawn" 'table = seconds.csv' 'x = measured'
bad "an unknown column" "[figure] x: the results have no column 'predictd'; did you mean predicted" 'table = seconds.csv' 'x = predictd' \
  'y = measured'
bad "a column of texts" "no column 'way'" 'table = seconds.csv' 'x = way' 'y = measured'
bad "a quotient of what is not there" "no column 'measured/mesured'" 'table = seconds.csv' 'x = ranks' 'y = measured/mesured'
bad "panels by what is not there" "no result has 'rank'" 'table = seconds.csv' 'x = predicted' 'y = measured' 'panels = rank'
bad "nothing selected" "no row of seconds.csv is what [figure] of says" "${figure[@]}" 'of = way=D'
bad "a condition that is none" "'D' is not KEY=VALUE" "${figure[@]}" 'of = D'
bad "a comparison with a text" "measured is compared with 'fast', which is not a number" "${figure[@]}" 'of = measured>fast'
bad "points by a number" "choose points by KEY=VALUE" "${figure[@]}" 'points = measured>1'
bad "a diagonal of another kind" "diagonal must be yes or no" "${figure[@]}" 'diagonal = both'
bad "a map with points" "cells fill the panel" "${figure[@]}" 'cells = yes' 'points = way=A'
{ echo 'name,a,b'; seq -f 'row%g,1,2' 5000; } >many.csv
bad "a text that differs in every row" "have more than 4096 different rows" 'table = many.csv' 'x = a' 'y = b'
bad "curves of several runs" "over is about runs" "${figure[@]}" 'over = seed'
ini bad 'x = round' 'points = way=A' '[run A]' 'problem = quadratic'
check "points without a table" fails "points is about the rows of a table; say which: table = FILE.h5" "$laconic" run bad.ini
printf 'rounds = 3\n[figure]\ntable = seconds.csv\nx = ranks\ny = measured\n' >head.ini
check "a setting of runs in the head" fails "line 1: rounds is about runs" plot head.ini
printf '[run A]\n[figure]\ntable = seconds.csv\nx = ranks\ny = measured\n' >both.ini
check "runs and a table" fails "make two files of them" plot both.ini
check "an option of runs" fails "--rounds is about runs" "$laconic" plot seconds.ini --rounds=3
for command in run table bundle; do
  check "laconic $command" fails "has no runs for laconic $command" "$laconic" $command seconds.ini
done
text() { printf "$1" >text.csv; ini text 'table = text.csv' 'x = a' 'y = b'; }
text 'a,b\n1,2\n3\n'
check "a row that is short" fails "line 3 has 1 fields, and the first line names 2" plot text.ini
text 'a,a\n1,2\n'
check "a name that stands twice" fails "column 2 has no name of its own" plot text.ini
text 'a,b\n'
check "no rows" fails "needs a line of names and at least one row" plot text.ini
text 'a,b\n"1,2\n'
check "an open quote" fails "line 2: a quote is not closed" plot text.ini
text 'a,b\n1,2\0\n'
check "a byte of value 0" fails "byte of value 0" plot text.ini
text '\xef\xbb\xbf"a" , b\r\n1,2\r\n\r\n 3 ,"4"\r\n'
check "a byte-order mark, CRLF, blanks and quotes are read" plot text.ini
is "... with their numbers" "$(grep -E '^[13] ' drawn/text.dat | cut -d' ' -f1,2 | tr '\n' ';')" "1 2;3 4;"
cp drawn/seconds.svg seconds.h5 && sed 's/seconds.csv/seconds.h5/' seconds.ini >svg.ini
check "a file of another kind" fails "seconds.h5" plot svg.ini
cat >run.ini <<'INI'
problem = quadratic
rounds = 3
[run A]
[figure]
x = round
[claim rows]
says = rows of a run
left = max(grad_norm_sq) of round>=1
relation = >
right = 0
INI
"$laconic" run run.ini >out 2>&1
check "rows of a run by a number" fails "rows are chosen by numbers in a table" claims run.ini
sed -i 's/max(.*/rounds_to(measured, 1) of way=A, exchange=star/' seconds.claims
check "rounds of a table" fails "rounds_to is about the rounds of a run" claims seconds.ini
finish
