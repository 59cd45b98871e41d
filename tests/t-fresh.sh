#!/bin/bash
# A machine that holds nothing but Debian's smallest system: ./quickstart check installs all that scripts, tests and program call, and
# passes.  A system for each SUITE of LACONIC_FRESH (bookworm trixie) is made by debootstrap in a temporary folder.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
[ -n "${LACONIC_SLOW:-}" ] || skip_all "slow; make check-slow, or LACONIC_SLOW=1"
[ "$(id -u)" = 0 ] || skip_all "needs root, for debootstrap and chroot"
command -v debootstrap > /dev/null || skip_all "no debootstrap (Debian: debootstrap)"

# The archive of this machine: what its own apt uses.
mirror=${LACONIC_MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2> /dev/null |
  sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+).*/\2/p; s/^URIs: *([^ ]+).*/\1/p' | grep '/debian/*$' | head -n 1)}
[ -n "$mirror" ] || skip_all "which archive? set LACONIC_MIRROR"

leave() {
  umount "$work"/*/root/dev/pts "$work"/*/root/proc "$work"/*/root/sys 2> /dev/null
  rm -rf --one-file-system "$work"
}
trap leave EXIT
inside() {      # ROOT COMMAND...
  local root=$1
  shift
  timeout 7200 env -i http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
    chroot "$root" "$@"
}

# The sources as they are given to others, without what a build has left behind.
copy_sources() {      # TO
  mkdir -p "$1"
  if [ -e "$srcdir/.git" ] && command -v git > /dev/null; then (cd "$srcdir" && tar -cf - $(git ls-files)) | tar -xf - -C "$1"
  else (cd "$srcdir" && tar --exclude=./build --exclude='*.o' -cf - .) | tar -xf - -C "$1"; fi
}

for suite in ${LACONIC_FRESH:-bookworm trixie}; do
  root=$work/$suite/root
  mkdir -p "$work/$suite"
  if ! timeout 1800 debootstrap --variant=minbase "$suite" "$root" "$mirror" > debootstrap.log 2>&1; then
    skip "debootstrap: $(tail -n 1 debootstrap.log)" "$suite: ./quickstart check"
    continue
  fi
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2> /dev/null
  [ ! -f /etc/apt/apt.conf ] || cp /etc/apt/apt.conf "$root/etc/apt/"
  mount -t proc proc "$root/proc" && mount -t sysfs -o ro sysfs "$root/sys" &&
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" && ln -sf pts/ptmx "$root/dev/ptmx" ||
    { skip "proc, sys and devpts cannot be mounted" "$suite: ./quickstart check"; continue; }
  copy_sources "$root/laconic"
  inside "$root" sh -c 'cd /laconic && ./quickstart check' > out 2>&1 < /dev/null
  report $? "$suite: ./quickstart check in a minimal system: $(grep -E '^(Result|# FAIL)' out | tail -n 1)"
  [ "$failed" = 0 ] || tail -n 30 out | sed 's/^/# /'
  is "$suite: no command was missing" \
    "$(cd "$root/laconic/build" && cat quickstart.log tests/*.log 2> /dev/null | grep -E ': (command )?not found$' | sort -u)" ""
  umount "$root/dev/pts" "$root/proc" "$root/sys"
  rm -rf --one-file-system "$root"
done
finish
