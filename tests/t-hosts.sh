#!/bin/bash
# Several hosts, each a network namespace, over TCP: a run ends, with the digest of one rank.  Needs root and ip.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
prefix=lac$$x
[ "$(id -u)" -eq 0 ] || skip_all "network namespaces need root"
command -v ip > /dev/null || skip_all "no ip (Debian: iproute2)"
[ -n "${LACONIC_SLOW:-}" ] || skip_all "two hosts: make check-slow"
command -v "$MPIEXEC" > /dev/null || skip_all "no $MPIEXEC"

clean() {
  local host pid
  for host in 1 2; do
    for pid in $(ip netns pids $prefix$host 2> /dev/null); do kill -9 "$pid" 2> /dev/null; done
    ip netns del $prefix$host 2> /dev/null
  done
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' TERM INT HUP

hosts() {      # two hosts with a wire between them
  ip netns add ${prefix}1 && ip netns add ${prefix}2 &&
    ip -n ${prefix}1 link add wire type veth peer name wire netns ${prefix}2 || return
  for host in 1 2; do
    ip -n $prefix$host addr add 10.77.9.$host/24 dev wire && ip -n $prefix$host link set lo up || return
    ip -n $prefix$host link set wire addrgenmode none && ip -n $prefix$host link set wire up || return      # no address of IPv6 to wait for
  done
  for i in $(seq 100); do      # until the other host answers, if only that nobody listens there
    ip netns exec ${prefix}1 timeout 1 bash -c ': < /dev/tcp/10.77.9.2/9' 2>&1 | grep -q refused && break
    sleep 0.1
  done
  sleep 5      # UCX takes a new wire for unreachable for its first seconds
}
hosts 2> hosts.err || skip_all "no network namespaces here: $(tail -n 1 hosts.err)"

# In the place of ssh: OPTIONS HOST COMMAND.
cat > remote <<END
#!/bin/sh
while [ "\${1#-}" != "\$1" ]; do shift; done
host=\$1
shift
exec ip netns exec "$prefix\${host##*.}" sh -c "\$*"
END
chmod +x remote

options="--problem=quadratic --clients=8 --rounds=20 --up=topk:k=2 --progress=no"
whole=$(digest 1 $options)
for i in 1 2 3 4 5; do
  for ranks in 3 5; do
    timeout -s KILL 30 ip netns exec ${prefix}1 "$MPIEXEC" -iface wire -launcher ssh -launcher-exec "$PWD/remote" \
      -hosts 10.77.9.1,10.77.9.2 -n $ranks -genv UCX_TLS tcp,self -genv UCX_NET_DEVICES wire \
      "$LACONIC" run $options -o "$i.$ranks.h5" < /dev/null > out 2> err
    status=$?
    have="$status $(sed -n 's/.* digest //p' out)$(cat err)"
    is "$ranks ranks on two hosts over TCP, run $i: ends, with the digest of one rank" "$have" "0 $whole"
  done
done
finish
