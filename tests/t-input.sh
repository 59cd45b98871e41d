#!/bin/bash
# Files that are none, and that cannot be read twice: one sentence on one rank and on two, never a hang; text as other tools write it.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
patience=20

# RANKS WHAT WORDS COMMAND...: not 0, no signal, no time-out; one line on stderr with the words.
refused() {
  local ranks=$1 what=$2 words=$3 status
  shift 3
  on "$ranks" "$@" > out 2> err < /dev/null
  status=$?
  [ $status -ne 0 ] && [ $status -lt 120 ] && [ "$(grep -c '^laconic: ' err)" -eq 1 ] && grep -qF -- "$words" err
  report $? "$ranks ranks, $what: $words"
  if ! grep -qF -- "$words" err; then { echo "status $status"; head -n 3 err; } | sed 's/^/# /'; fi
}

rows='+1 1:0.5 3:-1.25\n-1 2:1 3:2\n+1 1:1e-3 4:0.75\n-1 4:-0.5\n'
printf "$rows" > rows
small="--clients=2 --rounds=3 --algorithm=gd:gamma=0.1"
tiny="--problem=quadratic:d=4 --clients=2 --rounds=2 --algorithm=gd:gamma=0.1"
mkfifo pipe && mkdir folder && : > empty || exit 99
printf 'clients = 2\nrounds = 1\n[run a]\nseed = 2\n' > e.ini
printf 'a\tb\n1\t2\n' > t.tsv
printf '1\0002' > zero

# Every option that names a file, with a file of that kind.
everywhere() {      # RANKS FILE WORDS
  refused "$1" "data set" "$3" run $small --dataset="$2"
  refused "$1" "initial point" "$3" run $small --problem=quadratic --x0=file:path="$2"
  refused "$1" "matrices" "$3" run $small --problem=quadratic:matrix="$2",vector="$2"
  refused "$1" "stacked saddle" "$3" run $small --problem=bilinear:matrix="$2",vector="$2"
  refused "$1" "replayed choices" "$3" run $small --up=randk:k=1 --algorithm=dcgd:gamma=0.1 --replay.noise="$2"
  refused "$1" "experiment file" "$3" run "$2"
}
for ranks in 1 2; do everywhere $ranks "$work/pipe" "is a pipe, which can be read only once"; done
for ranks in 1 2; do refused $ranks "a device" "is a device" run $small --dataset=/dev/zero; done
everywhere 1 "$work/folder" "is a folder"
everywhere 1 /dev/zero "is a device"
on 1 run $tiny -o result.h5 > out 2> err
for command in run plot claims; do refused 1 "a result for an experiment file" "laconic show result.h5 tells" $command result.h5; done
refused 1 "bounds" "is a pipe" compare --bounds=pipe t.tsv t.tsv
refused 1 "an empty file of data" "is empty" run $small --dataset=empty
refused 1 "an empty matrix" "no numbers" run $small --problem=quadratic --x0=file:path=empty
refused 1 "binary numbers" "zero byte" run $small --problem=quadratic --x0=file:path=zero
mkfifo e.claims && "$LACONIC" run e.ini > out
refused 1 "claims" "is a pipe" claims e.ini

# Through a pipe of the shell, and through a file that the shell has opened.
for ranks in 1 2; do
  printf "$rows" | on $ranks run $small --dataset=/dev/stdin > out 2> err
  [ "${PIPESTATUS[1]}" -eq 1 ] && [ "$(wc -l < err)" -eq 1 ] && grep -qE '/dev/stdin: is a (pipe|device|socket)' err
  report $? "$ranks ranks: data from standard input: $(head -n 1 err | cut -c 1-80)"
  on $ranks run $small --dataset=<(printf "$rows") > out 2> err
  [ $? -eq 1 ] && [ "$(wc -l < err)" -eq 1 ] && grep -qE 'is a pipe|is not there|cannot read' err
  report $? "$ranks ranks: data from a process: $(head -n 1 err | cut -c 1-80)"
done

# ---- text as other tools write it: equal data, equal digests ----

want=$(digest 1 $small --dataset=rows)
is "the rows have a digest" "${#want}" 16
same() { is "$1" "$(digest "${2:-1}" $small --dataset=other)" "$want"; }      # WORDS [RANKS]
sed 's/$/\r/' rows > other && same "CRLF"
tr '\n' '\r' < rows > other && same "CR" 2
{ printf '\357\273\277'; cat rows; } > other && same "a mark of UTF-8" 2
sed 's/ /\xc2\xa0/' rows > other && same "no-break spaces"
sed 's/ / \t/; s/$/ # \xc3\xa4/' rows > other && same "tabs and comments"
sed 's/^-1/-0/; s/^+1/1.0/' rows > other && same "labels -0 and 1"
is "... are 0 as -1" "$("$LACONIC" run $small --dataset=other -o l.h5 | sed -n 's/.*labels \(.*\))$/\1/p')" "0 as -1, 1 as +1"
sed 's/^-1/2/; s/^+1/4/' rows > other && same "labels 2 and 4"
gzip -c rows > other && same "packed" 2

# ---- names of files ----

printf '\033[31mx 1:1\n' > bad
refused 1 "an escape sequence in data" "the label '?[31mx' is not a number" run $small --dataset=bad
refused 1 "an escape sequence in a name" "there is no data set or file 'a?[2Jb'" run $small --dataset="$(printf 'a\033[2Jb')"
printf 'gr\303\274n 1:1\n' > bad
refused 1 "a word in UTF-8" "the label 'gr$(printf '\303\274')n' is not a number" run $small --dataset=bad

# What a terminal would obey comes from names and files: of C0, of C1 in UTF-8, and bytes that are no UTF-8.
for mark in '\033[31m' '\302\233' '\233' '\342\200\256' '\a'; do
  strange=$(printf "a${mark}b")
  on 1 run $tiny -o "$strange.h5" --force > out 2>&1 && on 1 show "$strange.h5" >> out 2>&1 &&
    on 1 show --constants $tiny --x0=zeros >> out 2>&1 && on 1 run $tiny -o "$strange.h5" >> out 2>&1
  printf 'problem = quadratic:d=4\nclients = 2\nrounds = 2\nbest = smallest last(f)\n[run %s]\nseed = {1,2}\nalgorithm = gd:gamma=0.1\n%s' \
    "x$(printf "${mark}" | tr -d '\000-\037')" '[claim c]\nsays = s\nleft = last(f) of seed=1\nrelation = <\nright = 1\n' |
    sed 's/\\n/\n/g' > strange.ini
  on 1 run strange.ini --results="$strange" >> out 2>&1 && on 1 claims strange.ini --results="$strange" --out="$strange" >> out 2>&1
  status=$?
  ok "$mark does not reach a terminal" [ $status -eq 0 -a "$(LC_ALL=C grep -c "$(printf "$mark" | sed 's/\[/\\[/')" out)" -eq 0 ]
done

# ---- replayed choices as other tools write them ----

printf 'round,u\n0,0.25\n1,0.75\n' > coins
replayed() { digest 1 --problem=quadratic:d=4 --clients=2 --rounds=2 --algorithm=marina:gamma=0.1,p=0.5 --replay.coin="$1"; }      # FILE
plain=$(replayed coins)
is "replayed coins have a digest" "${#plain}" 16
sed 's/$/\r/' coins > other && is "... CRLF" "$(replayed other)" "$plain"
tr '\n' '\r' < coins > other && is "... CR" "$(replayed other)" "$plain"
{ printf '\357\273\277'; cat coins; printf '\032'; } > other && is "... marks at both ends" "$(replayed other)" "$plain"
sed 's/,/,\xc2\xa0/' coins > other && is "... no-break spaces" "$(replayed other)" "$plain"
iconv -f UTF-8 -t UTF-16 coins > other && refused 1 "... UTF-16" "save it as UTF-8" run $tiny --replay.coin=other

# ---- nothing is cut: many words, long words ----

repeat() { local i; for i in $(seq "$1"); do printf '%s' "$2"; done; }      # TIMES TEXT
is "the last of 300 options counts" "$(digest 1 $tiny $(seq -f --seed=%.0f 300))" "$(digest 1 $tiny --seed=300)"
ok "show takes 1100 files" [ "$(on 1 show $(repeat 1100 'digest.h5 ') | grep -c '^ *round .* bits_up')" -eq 1100 ]
refused 1 "the last of 70 sizes" "not '0.5'" bench compressors $(repeat 69 '--size=9 ') --size=0.5
refused 1 "the last of 70 names" "'nosuch'" certify $(repeat 69 'topk ') nosuch
refused 1 "seconds with a tail" "--seconds must be a number >0, not '1s'" bench compressors --seconds=1s
refused 1 "seconds with a tail" "--seconds must be a number >0, not '1s'" bench round --seconds=1s
for length in 300 1024 4000 4100; do
  refused 1 "an output of $length bytes" "output" run $tiny --output="$(repeat $((length - 4)) d).h5"
done
refused 1 "a path of 4100 bytes" "less than 4096 bytes" run $tiny --results="$(repeat 2045 d/)"
file=$(repeat 200 f) label=$(repeat 300 n)
printf '%s\n' 'problem = quadratic:d=4' 'clients = 2' 'rounds = {2}' 'algorithm = gd:gamma=0.1' 'best = smallest last(f)' \
  "[run $label]" "output = $file-1.h5" "[run ${label}2]" 'seed = 2' "output = $file-2.h5" \
  '[figure]' 'panels = label' 'x = round' '[claim other]' 'says = names of 300 bytes are not the same when they differ at their end' \
  "left = last(f) of label=$label" 'relation = >=' "right = -1 * last(f) of label=nobody|${label}2" > long.ini
on 1 run long.ini > out
report $? "an experiment with names of 200 and 300 bytes"
ok "... tells its runs apart in claims" [ "$(on 1 claims long.ini | grep -c '^1 claims: 1 hold\|^1 claims: 0 hold, 1 fail')" -eq 1 ]
is "... and names their files" "$(cut -f 9 figures/long.best | tail -n 2)" "$file-1.h5
$file-2.h5"
if command -v gnuplot > /dev/null; then
  on 1 plot long.ini --formats=png > out
  ok "... and its panels, whose titles are cut" [ "$(grep -c '^plot .curve' figures/long.gp)" -eq 2 ]
fi

# What a section sets itself is its grid, also under another label: one choice a section.
printf '%s\n' 'problem = quadratic:d=4' 'clients = 2' 'rounds = 3' 'best = smallest last(f)' '[run small]' 'label = GD' \
  'algorithm = gd:gamma={0.01,0.1}' '[run large]' 'label = GD' 'algorithm = gd:gamma={0.2,0.3,0.4}' '[claim c]' 'says = s' \
  'left = last(f) of label=GD, gd.gamma=0.1' 'relation = >' 'right = 0' > label.ini
on 1 run label.ini > out && on 1 claims label.ini > out
is "label: the grid of each section has its best" "$(cut -f 1,3,4 figures/label.best | tail -n 2)" \
  "$(printf 'GD\tgamma=0.1\t2\nGD\tgamma=0.4\t3')"

# ---- what a file says is checked whole, by every command that reads it, before any work ----

printf '%s\n' 'problem = quadratic:d=4' 'clients = 2' 'rounds = 2' 'algorithm = gd:gamma=0.1' '[run a]' 'seed = {1,2}' \
  '[figure]' 'x = round' 'y = f' 'columns = 2' '[claim c]' 'says = s' 'left = last(f) of seed=1' 'relation = <' \
  'right = 2 * last(f) of seed=2' 'for each = clients' > whole.ini
on 1 run whole.ini > out
report $? "a file is run"
while IFS='|' read -r change words; do
  sed "$change" whole.ini > wrong.ini
  for command in run plot claims; do refused 1 "$command, $change" "$words" $command wrong.ini --results=wrong --results=results; done
done << 'END'
s/^x =/X =/|did you mean x
s/^y =/ylable =/|no setting 'ylable'
s/^columns = 2/columns = 2.5/|columns must be a whole number
s/^columns = 2/columns = 101/|columns must be a whole number
s/^x = round/x = a,b,c,d,e/|at most 4
s/^says/say/|there is no 'say' in a claim
s/^left.*//|a claim needs says, left, relation and right
s/^left = last/left = lst/|no reduction 'lst'
s/of seed=1/of seed/|'seed' is not KEY=VALUE
s/of seed=1/of seed=/|is not KEY=VALUE
s/of seed=1/of the seed=1/|is not KEY=VALUE
s/^relation = </relation = within 2 of of/|relation must be
s/^relation = </relation = =/|relation must be
s/^for each = .*/for each = a,b,c,d,e,f,g,h,i/|a claim names more than 8 keys
s/^for each = .*/never = maybe/|never must be counts
s/^rounds = 2/rounds = few/|rounds must be a whole number
END
on 1 run $tiny -o base.h5 --force > out
while IFS='|' read -r text words; do
  printf "$text" > bounds
  refused 1 "bounds '$text'" "$words" compare --bounds=bounds base.h5 base.h5
done << 'END'
grad_nrm_sq = base, 0, 5%%\n|has a quantity 'grad_nrm_sq'
rounds = base, 0, 5%%\nrounds = base, 0, 6%%\n|line 2: rounds is set twice
[a]\n[a]\n|line 2: [a] is there already
rounds =\n|rounds is empty
rounds = base, 0\n|REFERENCE, LOWER, UPPER, UNIT
rounds = base, 0, 5%%, x, y\n|REFERENCE, LOWER, UPPER, UNIT
END
finish
