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
  "$LACONIC" bench compressors topk -d 1000 --seconds=0.001 -o disk/b.h5 > out 2> err
  is "a table on a full disk: exit status 1" $? 1
  is "... and nothing is left" "$(ls disk)" ""
  umount disk
else
  skip "not root" "full disks"
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
is "... no row is forgotten" \
  "$(sed -E 's/.*the ([0-9]+) rows before.*the ([0-9]+) behind.*/\1 \2/' err | awk '{ print $1 + $2 + 1 }')" 6

# ---- somebody else ----

touch old.h5.tmp.1234 old.h5.tmp.0123456789abcdef other.h5.tmp.0123456789abcdef
"$LACONIC" run $options --force -o old.h5 > out 2> err
is "a temporary that a killed run left is removed by the next run, and nothing else" "$(ls *.tmp.*)" \
  "$(printf '%s\n' old.h5.tmp.1234 other.h5.tmp.0123456789abcdef)"
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
