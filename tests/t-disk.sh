#!/bin/bash
# Where there is no room, no right to write, or somebody else: a sentence and no crash, what was there stays, and nothing is left behind.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
options="--problem=quadratic --clients=3 --rounds=12 --up=topk:k=2"
"$LACONIC" run $options --rounds=5 -o old.h5 > out 2> err || exit 99
whole=$(digest 1 $options)
digest_of() { "$LACONIC" show "$1" 2> show.err | sed -n 's/^ *digest *//p'; }
rows_of() { "$LACONIC" show --csv "$1" 2> show.err | sed 1d | wc -l; }

# ---- a disk that is too small ----

mkdir disk
small() { mount -t tmpfs -o size="$1" tmpfs disk 2> mount.err; }
if small 64k; then
  umount disk
  trap 'umount "$work/disk" 2> /dev/null; rm -rf "$work"' EXIT
  for ranks in 1 2; do
    crashed=0 silent=0 left=0 lost=0 ended=0 refused=0
    for size in 4 8 12 16 20 24 32 40 48 56 64 80 96; do
      [ $ranks -eq 1 ] || [ $((size % 16)) -eq 0 ] || continue
      small ${size}k
      cp old.h5 disk/r.h5 2> cp.err && cmp -s old.h5 disk/r.h5 || rm -f disk/r.h5
      there=$([ -e disk/r.h5 ] && echo 1)
      on $ranks run $options --force -o disk/r.h5 > out 2> err
      status=$?
      if [ $status -eq 0 ]; then
        ended=$((ended + 1))
        [ "$(digest_of disk/r.h5)" = "$whole" ] || lost=$((lost + 1))
      else
        refused=$((refused + 1))
        [ $status -eq 1 ] || crashed=$((crashed + 1))
        grep -q "^laconic: .*No space left on device" err || silent=$((silent + 1))
        # whole: the old one, or rows of the new one
        [ -z "$there" ] || "$LACONIC" show disk/r.h5 > show.out 2> show.err || lost=$((lost + 1))
      fi
      ls disk | grep -q tmp && left=$((left + 1))
      umount disk
    done
    is "$ranks ranks, a full disk: exit status 1, a sentence, a whole file, no temporary" "$crashed $silent $lost $left" "0 0 0 0"
    ok "... $refused sizes were too small, $ended were not" [ $refused -gt 0 -a $ended -gt 0 ]
  done

  crashed=0 left=0 lost=0 saved=0
  for size in 32 48 64 72 80 88 96 112 128 160 256; do
    small ${size}k
    on 2 run $options --pause=6 -o disk/r.h5 > out 2> err
    status=$?
    [ $status -eq 1 ] || [ $status -eq 75 ] || crashed=$((crashed + 1))
    ls disk | grep -q tmp && left=$((left + 1))
    if [ -e disk/r.h5.checkpoint ]; then
      saved=$((saved + 1))
      cp disk/r.h5* . && on 1 run $options --resume -o r.h5 > out 2> err && [ "$(digest_of r.h5)" = "$whole" ] || lost=$((lost + 1))
      rm -f r.h5*
    fi
    umount disk
  done
  is "a checkpoint on a full disk: exit status 1 or 75, one that is there is good, no temporary" "$crashed $lost $left" "0 0 0"
  ok "... $saved of 11 were saved" [ $saved -gt 0 -a $saved -lt 11 ]

  small 8k
  "$LACONIC" bench compressors --compressors=topk:k=1% --size=1000 --input=gaussian --seconds=0.001 -o disk/b.h5 > out 2> err
  is "a table on a full disk: exit status 1, and why" "$? $(grep -c 'No space left on device' err)" "1 1"
  is "... and nothing is left" "$(ls disk)" ""
  umount disk
else
  skip "not root" "full disks"
fi

# ---- files of a limited size ----

printf '%s\n' "problem = quadratic" "clients = 3" "rounds = 200" "[figure]" "x = round" "y = grad_norm_sq" \
  "[run a]" "up = topk:k={1,2,3}" "best = smallest last(grad_norm_sq)" > e.ini
printf '%s\n' "[claim falls]" "says = it falls" "source = none" "left = last(grad_norm_sq) of label=a" "relation = <=" "right = 1" \
  > e.claims
for what in "run e.ini" "plot e.ini --out=whole" "claims e.ini --out=whole"; do "$LACONIC" $what > out 2> err || exit 99; done

# A small file may be whole where a larger one is not.
old_or_whole() {      # FILE
  [ "$(tr -d '\0' < "$1")" = old ] && return
  case $1 in
  *.pdf | *.png) tail -c 16 "$1" | grep -aqE 'EOF|IEND' ;;
  */e.*) cmp -s "$1" "whole/${1##*/}" ;;
  *.h5) "$LACONIC" show "$1" > show.out 2> show.err || "$LACONIC" compare "$1" "$1" > show.out 2> show.err ;;
  *.tsv) [ "$(wc -l < "$1")" -ge 2 ] ;;
  *.xml) tail -n 1 "$1" | grep -q '</testsuites*>' ;;
  *.h5.*) true ;;
  *) false ;;
  esac
}

# Under every limit: exit status 0, or that of an error and a sentence; files are old or whole; no temporary.
limited() {      # WORDS ERROR-STATUS ARGUMENTS...
  local words=$1 error=$2 strange="" silent="" broken="" left="" refused=0 allowed=0 limit status file
  shift 2
  for limit in 0 2 16 256; do
    rm -rf limited
    mkdir limited
    for file in b.h5 b.tsv c.xml c.tsv e.pdf e.svg e.png e.dat e.gp e.best e.verdicts e.verdicts.md; do echo old > limited/$file; done
    cp old.h5 limited/r.h5
    (ulimit -f $limit; exec "$LACONIC" "$@" 2>&1) | cat > out
    status=${PIPESTATUS[0]}
    case $status in
    0 | 75) allowed=$((allowed + 1)) ;;
    $error)
      refused=$((refused + 1))
      grep -qE '^laconic: .*(File too large|limit on the size of files)' out || silent="$silent $limit" ;;
    *) strange="$strange $limit:$status" ;;
    esac
    for file in $(find limited -type f); do
      case $file in
      *.tmp.*) left="$left $limit" ;;
      *) old_or_whole "$file" || broken="$broken $limit:$file" ;;
      esac
    done
  done
  is "files of a limited size, $words: a sentence, and the old file or the whole new one" "$strange;$silent;$broken;$left" ";;;"
  ok "... $refused limits were too small, $allowed were not" [ $refused -gt 0 -a $allowed -gt 0 ]
}
limited "run" 1 run $options --rounds=400 --force -o limited/r.h5
limited "run with a checkpoint" 1 run $options --rounds=400 --checkpoint=10 --force -o limited/r.h5
limited "run that stops" 1 run $options --pause=6 --force -o limited/r.h5
limited "a sweep" 1 run e.ini --results=limited/sweep
limited "plot" 1 plot e.ini --out=limited
limited "claims" 1 claims e.ini --out=limited
limited "bench compressors" 1 bench compressors --compressors=topk:k=1% --size=1000 --input=gaussian --seconds=0.001 -o limited/b.h5
limited "bench round" 1 bench round --dataset=synthetic:rows=50,d=20 --seconds=0.01 -o limited/b.tsv
limited "compare" 2 compare old.h5 old.h5 --junit=limited/c.xml
limited "certify" 1 certify gd -o limited/c.tsv

for what in "show --csv old.h5" "list" "help run"; do
  (ulimit -f 0; exec "$LACONIC" $what > cut) 2>&1 | cat > out
  is "files of a limited size, $what > FILE: exit status 1, a sentence" \
    "${PIPESTATUS[0]} $(grep -c '^laconic: standard output: File too large' out)" "1 1"
done
if [ -n "${MPIEXEC:-}" ] && command -v "$MPIEXEC" > /dev/null; then
  for limit in 64 2048; do
    # of the ranks: Open MPI's mpiexec itself writes larger files, and hangs when it may not
    timeout $patience "$MPIEXEC" -n 2 bash -c "ulimit -f $limit; exec \"\$0\" \"\$@\"" \
      "$LACONIC" run $options --force -o r.h5 2>&1 | cat > out
    is "two ranks, files of at most $limit kB: $(head -n 1 out)" "$(grep -c 'laconic: ulimit -f' out) $(grep -c "$whole" out)" \
      "$([ $limit -lt 1024 ] && echo 1 0 || echo 0 1)"
  done
  rm -f r.h5
else
  skip "no mpiexec" "ranks with files of a limited size"
fi

# ---- a folder where we may not write ----

"$LACONIC" run $options -o r.h5 --pause=6 > out 2> err
rm r.h5 r.h5.checkpoint
rows=$(rows_of r.h5)
ok "the journal of a run that did not end is read, and folded into its file" [ "$rows" -eq 6 -a -e r.h5 ]
mkdir closed && cp r.h5.journal closed/ && chmod a-w closed closed/*
as_nobody() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
chmod a+rx "$work"
if as_nobody "$LACONIC" show old.h5 > out 2> err; then
  as_nobody "$LACONIC" show --csv closed/r.h5 > out 2> err
  is "... also in a folder where we may not write" "$(sed 1d out | wc -l)" 6
  as_nobody "$LACONIC" compare closed/r.h5 r.h5 > out 2> err
  is "... compare too" $? 0
  is "... and nothing is written" "$(ls closed)" r.h5.journal
else
  skip "nobody cannot run it here" "a folder where we may not write"
fi
chmod u+w closed

# ---- a record that is damaged ----

size=$(wc -c < r.h5.journal)
printf x | dd of=r.h5.journal bs=1 seek=$((size - 200)) conv=notrunc 2> dd.err
rm r.h5
"$LACONIC" show r.h5 > out 2> err
is "a damaged record: what came before it is shown" $? 0
ok "... it is named, with the rows behind it" grep -qE \
  "^laconic: r.h5.journal: record [0-9]+ is damaged; the [0-9]+ rows before it are used, the [0-9]+ behind it (is|are) not$" err
# The record is one of the 6 rows, or of messages, which stand between them.
is "... no other row is forgotten" \
  "$(sed -E 's/.*the ([0-9]+) rows before.*the ([0-9]+) behind.*/\1 \2/' err | awk '{ print ($1 + $2 == 5 || $1 + $2 == 6) }')" 1

# ---- somebody else ----

touch old.h5.tmp.1234 old.h5.tmp.0123456789abcdef other.h5.tmp.0123456789abcdef
"$LACONIC" run $options --force -o old.h5 > out 2> err
is "a temporary that a killed run left is removed by the next run, and nothing else" "$(ls *.tmp.*)" \
  "$(printf '%s\n' old.h5.tmp.1234 other.h5.tmp.0123456789abcdef)"

# A plot whose gnuplot does not come back holds its temporary.
mkdir fake
printf '#!/bin/sh\n[ "$2" = - ] && exec %s "$@"\necho $$ > "$FAKE/pid"\nexec sleep 60\n' "$(command -v gnuplot)" > fake/gnuplot
chmod +x fake/gnuplot
if command -v gnuplot > /dev/null; then      # gnuplot -d - measures texts
  FAKE=$PWD/fake PATH=$PWD/fake:$PATH "$LACONIC" plot e.ini --out=live --formats=svg > live.out 2>&1 &
  job=$!
  for i in $(seq 200); do [ -s fake/pid ] && break; sleep 0.05; done
  alive=$(ls live/*.tmp.*)
  "$LACONIC" plot e.ini --out=live --formats=svg > out 2> err
  is "... that of one that is alive stays" "$? $(ls live/*.tmp.*)" "0 $alive"
  kill -9 $job $(cat fake/pid)
  wait $job 2> wait.err
  "$LACONIC" plot e.ini --out=live --formats=svg > out 2> err
  is "... and goes when that is dead" "$? $(ls live | grep -c tmp)" "0 0"
else
  skip "no gnuplot" "... that of one that is alive stays"
fi
mkdir two
jobs=
for i in 1 2 3 4; do
  "$LACONIC" run $options --force -o two/r.h5 > two.$i.out 2> two.$i.err &
  jobs="$jobs $!"
done
strange=0
for job in $jobs; do
  wait "$job"
  case $? in 0 | 1) ;; *) strange=$((strange + 1)) ;; esac
done
is "four runs at one result end, or say that another one is at it" $strange 0
is "... the result is whole" "$(digest_of two/r.h5)" "$whole"
is "... and alone" "$(ls two)" r.h5
finish
