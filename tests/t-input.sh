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
finish
