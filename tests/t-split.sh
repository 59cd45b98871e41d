#!/bin/bash
# laconic show --split: which client holds which rows and classes, as a table, as a picture and of a result.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# Labels 0 0 1 1 2 2 2 2: contiguous gives four clients two rows each.
for label in 0 0 1 1 2 2 2 2; do echo "$label 1:1"; done > rows
show() { timeout $patience "$LACONIC" show --split --dataset=rows "$@" > out 2> err; }
refuses() {      # WORDS OPTIONS...
  local words=$1
  shift
  ! show "$@" && [ "$(wc -l < err)" -eq 1 ] && [ ! -s out ] && grep -q -e "$words" err
}

ok "a table for programs" show --csv --clients=2 --split=contiguous
is "... two classes and one: entropy 1 and 0 bits, total variation 1/2 of classes in shares 1/4, 1/4, 1/2" "$(cat out)" \
  "client,rows,classes,entropy,distance,label_0,label_1,label_2
0,4,2,1,0.5,2,2,0
1,4,1,0,0.5,0,0,4"
ok "JSON" show --json --clients=2 --split=contiguous
ok "... parses" /usr/bin/python3 -c 'import json; assert [r["rows"] for r in json.load(open("out"))] == [4, 4]'
ok "words" show --clients=2
ok "... the entropy of all rows is 1.5 bits" grep -q "of all rows 1.5" out
ok "a split whose name is the next word" show --csv --clients=4 --split sorted:by=norm
is "... is an option of the run" "$(tail -n +2 out | cut -d , -f 2 | paste -s -d ' ')" "2 2 2 2"
seq 0 99 | sed 's/$/ 1:1/' > rows
ok "100 clients: some of them" show --clients=100
is "... every fifth and the last" "$(grep -cE '^ +[0-9]+ +1 ' out)" 21
ok "--all: all of them" show --clients=100 --all
is "... a row each" "$(grep -cE '^ +[0-9]+ +1 ' out)" 100
ok "real labels: rows alone" show --csv --dataset=synthetic:labels=real,rows=600 --clients=2
is "... without classes" "$(head -n 1 out)" "client,rows"

for label in 0 1 2 0 1 2 0 1; do echo "$label 1:$label.5"; done > rows
ok "a run" run r.h5 --dataset=rows --problem=lsq --split=dirichlet --clients=3 --seed=5 --rounds=1 --algorithm=gd
timeout $patience "$LACONIC" show --split --csv r.h5 > of-result
ok "of its result" show --csv --split=dirichlet --clients=3 --seed=5
is "... is what its options say" "$(cat of-result)" "$(cat out)"
show --csv --split=dirichlet --clients=3 --seed=5 --seed.partition=6
ok "another seed of the partition: other rows" test "$(cat of-result)" != "$(cat out)"

ok "a result and an option of a run" refuses "one result file, or the options" r.h5
ok "a picture of an unknown kind" refuses "must end in .svg, .pdf or .png" -o map.jpg --clients=2
ok "more clients than rows" refuses "clients=9 is more than the 8 rows" --clients=9
ok "a picture without --split" eval '! "$LACONIC" show r.h5 -o map.svg 2> err && grep -q "with --partition only" err'
if command -v gnuplot > /dev/null; then
  for format in svg pdf png; do
    ok "a heat map, $format" show --clients=3 -o "a map.$format"
    case $format in svg) kind='<?xml' ;; pdf) kind='%PDF-' ;; png) kind='PNG' ;; esac
    ok "... is one" eval 'head -c 8 "a map.$format" | grep -aq "$kind"'
  done
  ok "... with the words of its axes" eval 'grep -q ">client<" "a map.svg" && grep -q ">label<" "a map.svg" && grep -q ">rows<" "a map.svg"'
  ok "a folder that is not there" eval '! show --clients=3 -o no/map.svg && grep -q -e --output err'
  is "no other file is left" "$(ls -A | grep -c map)" 3
else
  skip "gnuplot" "no gnuplot"
fi
finish
