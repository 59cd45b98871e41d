#!/bin/bash
# laconic links: the same digest on links of any kind, over which the bytes pass; nothing is left, after SIGKILL too; what is refused.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
need_h5dump

# ---- what is refused, in one sentence and before anything is set up ----

refused() {      # WORDS SENTENCE ARGUMENTS...
  local words=$1 sentence=$2 status
  shift 2
  timeout 60 "$LACONIC" links "$@" > out 2> err < /dev/null
  status=$?
  [ $status -eq 1 ] && [ ! -s out ] && [ "$(wc -l < err)" -eq 1 ] && grep -q "^laconic: .*$sentence" err
  report $? "refused: $words"
  sed 's/^/# /' err
}
run="$LACONIC run"
refused "no network" "links need a network; give its rate, as --network=100Mbit/s" $run
refused "a latency without a rate" "rate must be a rate above 0 such as 100Mbit/s, .*not '20ms'" --network=20ms $run
refused "a network without a rate" "a network needs a rate" --network=latency=20ms $run
refused "a negative latency" "'-20ms' is no latency such as 20ms" --network=100Mbit/s,-20ms $run
refused "a latency of a minute" "a rate is 1kbit/s to 100Gbit/s, and a latency at most 10s" --network=100Mbit/s,60s $run
refused "a rate of a bit a second" "a rate is 1kbit/s to 100Gbit/s" --network=1bit/s $run
refused "a rate of nothing" "must be a rate above 0 .*not '0Mbit/s'" --network=0Mbit/s $run
refused "a rate that is no number" "network 'nanMbit/s': there is none called 'nanMbit/s'" --network=nanMbit/s $run
refused "an unknown unit" "must be a rate .* in bit/s, kbit/s, .*not '100Mbps'" --network=100Mbps $run
refused "a rate without a unit" "must be a rate .*not '100'" --network=rate=100 $run
refused "an unknown rate up" "must be a rate .*not 'fast'" --network=100Mbit/s --up=fast $run
refused "an unknown key" "has no key 'uq'; did you mean up" --network=100Mbit/s,uq=1Mbit/s $run
refused "stragglers" "links do not make ranks slow; leave stragglers out" --network=1Mbit/s,compute=1ms,stragglers=pareto $run
printf 'client,up\n0,1Mbit/s\n' > table.csv
refused "a table of clients" "links take no table of clients; give --host=NUMBER:KEY=VALUE" --network=1Mbit/s,clients=table.csv $run
refused "no hosts" "give a number from 2 to 250" --hosts=0 --network=1Mbit/s $run
refused "one host" "give a number from 2 to 250" --hosts=1 --network=1Mbit/s $run
refused "more hosts than addresses" "give a number from 2 to 250" --hosts=251 --network=1Mbit/s $run
refused "hosts that are no number" "give a number from 2 to 250" --hosts=two --network=1Mbit/s $run
refused "no command" "need a command that the hosts run" --network=1Mbit/s
refused "mpiexec as the command" "give the command without ${MPIEXEC##*/}" --network=1Mbit/s "$MPIEXEC" -n 2 $run
refused "a command that is not there" "no-such-program is not in PATH" --network=1Mbit/s no-such-program
refused "a path that is not there" "./no-such-program is no program" --network=1Mbit/s ./no-such-program
refused "--host without a number" "names no host; write --host=NUMBER:KEY=VALUE" --network=1Mbit/s --host=up=2Mbit/s $run
refused "a host that is not there" "no host of that number can differ; they go to 2" --network=1Mbit/s --host=3:up=2Mbit/s $run
refused "host 1" "host 1 has server_rate of --network" --network=1Mbit/s --host=1:up=2Mbit/s $run
refused "a key of a host" "has no key 'upp'; did you mean up" --network=1Mbit/s --host=2:upp=2Mbit/s $run
for text in server_rate=2Mbit/s compute=1ms ring shards:s=2 ''; do
  refused "a key that a host cannot have: '$text'" "a host has no key '${text%=*}'; give it rate, up, down or latency" --network=1Mbit/s \
    --host=2:$text $run
done
refused "a rate of a host" "--host=2:rate=fast: .*rate must be a rate" --network=1Mbit/s --host=2:rate=fast $run
refused "an unknown option" "did you mean --hosts" --hots=2 --network=1Mbit/s $run
refused "an empty value" "is empty" --network= $run
printf '[other]\nrate = 1Mbit/s\n' > other.ini
refused "a file without the section" "other.ini has no \[network\]" --network=other.ini $run
printf '[network]\nrate = 1Mbit/s\nlatency = 5 min\n' > minutes.ini
refused "a unit in a file" "minutes.ini: line 1: .*latency must be a time such as 20ms" --network=minutes.ini $run
refused "the option of mpiexec" "is for mpiexec of laconic links alone" --enter
timeout 60 "$MPIEXEC" -n 2 "$LACONIC" links --network=1Mbit/s $run > out 2> err < /dev/null
is "refused: links under mpiexec" "$(cat err)" "laconic: links start ranks themselves; call laconic links without mpiexec"

# ---- what works here ----

timeout 60 "$LACONIC" links --check > check 2> /dev/null
sed 's/^/# /' check
for kind in rates ranks; do
  grep -q "^$kind .* yes\$" check && continue
  skip "$(sed -n "s/^$kind .* no: *//p" check)" "links"
  finish
done
latencies=$(sed -n 's/^latencies .* no: //p' check)      # why there are none
networks=100Mbit/s
[ -n "$latencies" ] || networks="$networks 100Mbit/s,5ms"

# ---- what is missing is said in one sentence ----

lacks() {      # WORDS SENTENCE COMMAND...: stands in front of laconic links
  local words=$1 sentence=$2 status
  shift 2
  "$@" "$LACONIC" links --network=100Mbit/s,5ms "$LACONIC" list > out 2> err < /dev/null
  status=$?
  [ $status -eq 1 ] && [ "$(wc -l < err)" -eq 1 ] && grep -q "^laconic: $sentence" err
  report $? "$words"
  sed 's/^/# /' err
}
if [ "$(id -u)" -eq 0 ] && setpriv --bounding-set=-sys_admin true 2> no.err; then
  lacks "root without rights" "links need the right to make namespaces, which root has not here" setpriv --bounding-set=-sys_admin
else
  skip "$(tail -n 1 no.err 2> /dev/null || echo 'no root')" "root without rights"
fi
if [ "$(id -u)" -eq 0 ] && unshare -m mount -t tmpfs none /dev/net 2> no.err; then
  lacks "no TUN device" "links with latency need /dev/net/tun: No such file" unshare -m sh -c 'mount -t tmpfs none /dev/net && exec "$@"' sh
else
  skip "$(tail -n 1 no.err 2> /dev/null || echo 'no root')" "no TUN device"
fi
timeout 60 "$LACONIC" links --network=100Mbit/s --congestion=nobody "$LACONIC" list > out 2> err < /dev/null
is "a congestion control that there is not" "$? $(grep -c '^laconic: --congestion=nobody: .*tcp_allowed_.* lists' err)" "1 1"
timeout 60 "$LACONIC" links --network=100Mbit/s --queue=3 "$LACONIC" list > out 2> err < /dev/null
is "a queue too short for a packet" "$? $(grep -c '^laconic: --queue=3: give a size from 64KiB' err)" "1 1"

# ---- the same digest, and bytes that passed the links ----

d=1000 rounds=10
options="--problem=quadratic:d=$d --algorithm=ef21:gamma=0.1 --clients=4 --rounds=$rounds --eval=$rounds --up=topk:k=2 --progress=no"
whole=$(digest 1 $options)
links() { timeout -s KILL 100 "$LACONIC" links "$@" > out 2> err < /dev/null; }
passed() {      # HOSTS: host 1 sent, and every other host received, at least an iterate a round
  awk -v hosts="$1" -v least=$((rounds * d * 8)) '
    /^links: host 1 sent/ { if ($5 >= least) good++ }
    /^links: host [2-9]/ { if ($8 >= least) good++ }
    END { exit good != hosts }' err
}
shaped() {      # WORDS HOSTS NETWORK
  links --hosts="$2" --network="$3" --verbose "$LACONIC" run $options -o links.h5 --force
  is "$1: ends, with the digest of one rank" "$? $(sed -n 's/.* digest //p' out)" "0 $whole"
  ok "$1: the iterates passed the links" passed "$2"
  sed -n 's/^links: host/# host/p' err
}
shaped "4 hosts, 100 Mbit/s" 4 100Mbit/s
h5dump -A -g /environment links.h5 | grep -A 9 '"links"' |
  grep -q '4 hosts, 100 Mbit/s up, 100 Mbit/s down, 0 ms; veth and tbf; congestion control [a-z]'
report $? "a result says which links it was computed on"
if [ -z "$latencies" ]; then
  shaped "4 hosts, 100 Mbit/s, 5 ms" 4 100Mbit/s,5ms
else
  skip "$latencies" "hosts with a latency"
fi
for i in $(seq ${LACONIC_SLOW:+20}); do
  links --hosts=4 --network=100Mbit/s "$LACONIC" run $options -o links.h5 --force
  is "4 hosts, time $i: MPI comes to an end" "$? $(sed -n 's/.* digest //p' out)" "0 $whole"
done

# ---- links are what was said: the kernel's settings, and the least time that rates and latencies allow ----

down_rates() { sed -n 's/.* dev \(p[0-9]*\) .*\(rate [^ ]*\).*/\1 \2/p' err | paste -s -d ,; }
tc=$(PATH=$PATH:/usr/sbin:/sbin command -v tc)
links --hosts=3 --network=100Mbit/s,up=5Mbit/s,down=6Mbit/s --host=2:rate=20Mbit/s --host=3:down=30Mbit/s,rate=40Mbit/s \
  "$LACONIC" run $options -o own.h5 --force
h5dump -A -g /environment own.h5 | grep -q "host 2: 20 Mbit/s up, 20 Mbit/s down, 0 ms; host 3: 40 Mbit/s up, 30 Mbit/s down, 0 ms;"
report $? "the rate of a host takes the place of the network's up and down, and not of its own"
links --hosts=3 --network=100Mbit/s --host=2:up=10Mbit/s --host=3:up=1Mbit/s,down=2Mbit/s --verbose "$tc" qdisc show dev wire
is "three shapes of up links" "$(grep -o 'rate [0-9A-Za-z]* burst [0-9A-Za-z]*' out | sort | paste -s -d ,)" \
  "rate 100Mbit burst 16Kb,rate 10Mbit burst 4Kb,rate 1Mbit burst 4Kb"
is "the down links" "$(down_rates)" "p1 rate 100Mbit,p2 rate 100Mbit,p3 rate 2Mbit"
printf '[network]\nrate = 50Mbit/s\nup = 20Mbit/s\nserver_rate = 80Mbit/s\n' > net.ini
links --network=net.ini --down=30Mbit/s --verbose "$tc" qdisc show dev wire
is "a file, an option on top of it, the rate of the server" \
  "$(grep -o 'rate [0-9A-Za-z]*' out | sort | paste -s -d ,) $(down_rates)" \
  "rate 20Mbit,rate 80Mbit p1 rate 80Mbit,p2 rate 30Mbit"
seconds_are_at_least() {      # SECONDS
  last links.h5 /timing/elapsed | awk -v least="$1" '{ print "# " $1 " s, at least " least; exit !($1 >= least) }'
}
links --network=2Mbit/s "$LACONIC" run $options -o links.h5 --force
least=$(awk -v bits=$((rounds * d * 64 - 65536)) 'BEGIN { print bits / 2e6 }')      # without what may pass at once, at both ends
ok "2 Mbit/s: the rounds take at least the bits over the rate" seconds_are_at_least "$least"
if [ -z "$latencies" ]; then
  links --network=100Mbit/s,20ms "$LACONIC" run $options -o links.h5 --force
  ok "20 ms: the rounds take at least the way down and up" seconds_are_at_least "$(awk -v n=$rounds 'BEGIN { print n * 0.04 }')"
  links --network=2Mbit/s,1us "$LACONIC" run $options -o links.h5 --force
  ok "2 Mbit/s on TUN: the rounds take at least the bits over the rate" \
    seconds_are_at_least "$least"
fi

# ---- the command's own words, status, plug-ins and signals ----

links --network=100Mbit/s /bin/sh -c 'echo "$0 $*"' one --rounds=3 "two  words" --help
is "the command gets its words as they are" "$(sort -u out)" "one --rounds=3 two  words --help"
links --hosts=3 --network=100Mbit/s /bin/sh -c 'echo $(ls /sys/class/net)'
is "a host sees its own device alone" "$(sort out | uniq -c | awk '{ $1 = $1; print }')" "3 lo wire"
for network in $networks; do
  links --hosts=70 --network="$network" /bin/sh -c 'echo here'
  is "70 hosts, $network" "$(grep -c '^here$' out)" 70
done
links --network=100Mbit/s /bin/sh -c 'exit 7'
is "the exit status is the command's" $? 7
mkdir -p tree/tools && cp "$srcdir/tools/links" tree/tools/ && ln -s "$LACONIC" tree/laconic
PATH=/usr/bin:/bin tree/tools/links --network=100Mbit/s laconic run $options -o links.h5 --force > out 2> err < /dev/null
is "tools/links is laconic links, and finds its laconic without PATH" "$? $(sed -n 's/.* digest //p' out)" "0 $whole"

# ---- nothing is left: processes, namespaces, devices ----

token=LINKS_TOKEN=$$.$RANDOM
owned() { grep -lzx "$token" /proc/[0-9]*/environ 2> /dev/null | sed 's@/proc/\([0-9]*\)/.*@\1@'; }      # their environment has the token
named() {      # NAME: processes of the run of that name, which the one in the namespace has told its links
  local p
  for p in $(owned); do
    [ "$(cat "/proc/$p/comm" 2> /dev/null)" = "$1" ] && grep -qz ^LACONIC_LINKS= "/proc/$p/environ" 2> /dev/null && echo "$p"
  done
}
ranks() { named "$(basename "$LACONIC")"; }
spaces_of() {      # PID...: their network namespaces, but for this one
  local p
  for p in "$@"; do readlink "/proc/$p/ns/net"; done 2> /dev/null | sort -u | grep -vxF "$(readlink /proc/self/ns/net)"
}
held() {      # by a process, by an open file, by a mount
  { readlink /proc/[0-9]*/ns/net /proc/[0-9]*/fd/*; grep -ho 'net:\[[0-9]*\]' /proc/[0-9]*/mountinfo; } 2> /dev/null | grep -xF "$1"
}
devices() { ls /sys/class/net | grep -xE 'wire|switch|p[0-9]+'; }
devices > devices.before
begin() {      # NETWORK: 4 hosts with a run that does not end; its ranks are there
  env "$token" "$LACONIC" links --hosts=4 --network="$1" \
    "$LACONIC" run $options --rounds=100000000 -o endless.h5 --force > out 2> err < /dev/null &
  outside=$!
  for i in $(seq 300); do
    [ "$(ranks | wc -l)" -ge 4 ] && break
    sleep 0.1
  done
  sleep 0.5
  spaces_of $(owned) > spaces
}
gone() {
  for i in $(seq 100); do
    [ -z "$(owned)" ] && break
    sleep 0.1
  done
  is "$1: no process is left" "$(owned)" ""
  is "$1: no namespace is left" "$([ "$(wc -l < spaces)" -ge 5 ] || echo "there were few"; held "$(cat spaces)")" ""
  devices > devices.after
  ok "$1: no device is left" cmp -s devices.before devices.after
  rm -f endless.h5*
}
for network in $networks; do
  begin "$network"
  is "$network: 4 ranks run" "$(ranks | wc -l)" 4
  kill -KILL "$outside"
  wait "$outside" 2> /dev/null
  gone "SIGKILL, $network"
done
begin 100Mbit/s
kill -TERM "$outside"
wait "$outside"
ok "SIGTERM ends the links with the ranks" test -n "$(ls endless.h5.checkpoint* 2> /dev/null)"
gone "SIGTERM"
begin 100Mbit/s
kill -KILL $(named mpiexec.mpich)
wait "$outside"
is "the end of mpiexec is the end of the links" "$?" 137
gone "SIGKILL of mpiexec"
finish
