#!/bin/bash
# Plug-ins in shared objects: laconic new, the ABI, digests, what is refused.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
export LACONIC
mkdir pc
cat > pc/laconic.pc << END
Name: laconic
Description: headers of the source tree
Version: 0
Cflags: -I$srcdir/harness/contract -I$srcdir/harness/base -I$builddir/harness/contract $(pkg-config --cflags gsl 2> /dev/null)
END
export PKG_CONFIG_PATH=$work/pc:${PKG_CONFIG_PATH-}
command -v make > /dev/null && pkg-config --cflags laconic > flags 2>&1 && command -v "${CC:-cc}" > /dev/null ||
  skip_all "no compiler, make or pkg-config"
build() { make -s -C "$1" "CC=${CC:-cc}" "LACONIC=$LACONIC" "${@:2}" > make.out 2>&1; }      # FOLDER TARGET
digest() { sed -n 's/.*digest //p'; }

for kind in algorithm compressor problem; do
  "$LACONIC" new $kind my$kind --outside > out 2>&1
  ok "laconic new $kind: it builds and keeps its contract" build my$kind check
done
LACONIC_PLUGINS=$work/mycompressor:$work/myproblem/myproblem.so
export LACONIC_PLUGINS
run=(run --algorithm=ef21:gamma=0.1 --up=mycompressor --problem=myproblem --clients=7 --rounds=5 --x0=normal --force -o r.h5)
one=$("$LACONIC" "${run[@]}" 2>&1 | digest)
is "one digest on 1 and 5 ranks" "$("$MPIEXEC" -n 5 "$LACONIC" "${run[@]}" 2>&1 | digest)" "${one:-none}"
for name in mycompressor myproblem; do
  is "the result has the SHA-256 of $name.so" "$("$LACONIC" show r.h5 | sed -n "s/^  plugin.$name *//p")" \
    "$(sha256sum < "$name/$name.so" | cut -d ' ' -f 1)"
done
is "a composition, too" "$("$LACONIC" run --up=topk:k=9+mycompressor --rounds=1 -o c.h5 --force > out 2>&1
  "$LACONIC" show c.h5 | grep -c '^  plugin.mycompressor ')" 1
is "runs without them have none" "$("$LACONIC" run --rounds=1 -o n.h5 > out 2>&1
  "$LACONIC" show n.h5 | grep -c plugin)" 0
is "list" "$("$LACONIC" list --names compressors | grep -cx mycompressor)" 1
is "help" "$("$LACONIC" help myproblem | grep -c 'does nothing yet')" 1
is "bench" "$("$LACONIC" bench compressors -e mycompressor -s 1000 -i gaussian -t 0.01 2> err | grep -c '^mycompressor .*[0-9]')" 1

config() { "$LACONIC" show r.h5 | sed -n 's/^  config_digest *//p'; }
before=$(config)
sed -i 's/does nothing yet",/does nothing, differently",/' mycompressor/mycompressor.c
build mycompressor
"$LACONIC" "${run[@]}" > out 2>&1
is "another object, another configuration: $before" "$([ "$(config)" != "$before" ] && echo another)" another
is "... of the same trajectory" "$(digest < out)" "$one"

unset LACONIC_PLUGINS
refused() {      # WORDS-IN-THE-SENTENCE ARGUMENTS
  timeout 20 "$LACONIC" "${@:2}" > out 2> err
  is "refused: ${*:2}" "$? $(grep -c . err) $(grep -c -- "$1" err)" "1 1 1"
}
refused "did you mean\|there is no" run --up=mycompressor
compile() { "${CC:-cc}" -shared -fPIC -std=gnu11 "$1" -o "$2" $(pkg-config --cflags laconic); }      # SOURCE OBJECT
mkdir other
sed 's/LAC_ABI "/&9.9-/' "$builddir/harness/contract/abi.h" > other/abi.h
cp "$srcdir/harness/contract/plugin.h" other
sed 's/"plugin.h"/"other\/plugin.h"/' mycompressor/mycompressor.c > abi.c
compile abi.c abi.so
refused "abi.so is for laconic 9.9" run --plugin=abi.so
sed 's/^LAC_PLUGIN.*//' mycompressor/mycompressor.c > silent.c
compile silent.c silent.so
refused "does not end with LAC_PLUGIN" run --plugin=silent.so
sed 's/mycompressor/topk/g' mycompressor/mycompressor.c > topk.c
compile topk.c topk.so
refused "there is a compressor 'topk' already" run --plugin=topk.so
sed 's/= "mycompressor"/= "yours"/' mycompressor/mycompressor.c > yours.c
compile yours.c yours.so
refused "'yours'" run --plugin=yours.so
sed 's/static int alpha/int lac_is_not_there(void); static int alpha/; s/\*a = 1;/*a = lac_is_not_there();/' \
  mycompressor/mycompressor.c > missing.c
compile missing.c missing.so
refused "lac_is_not_there" run --plugin=missing.so
size=$(wc -c < mycompressor/mycompressor.so)
for bytes in 5 60 100 3000 $((size / 2)) $((size - 1)); do
  head -c $bytes mycompressor/mycompressor.so > cut-$bytes.so
  refused "cut-$bytes.so" run --plugin=cut-$bytes.so
done
head -c 64 mycompressor/mycompressor.so > noise.so
head -c 20000 /dev/urandom >> noise.so
refused "noise.so" run --plugin=noise.so
refused "no shared object" run --plugin=abi.c
refused "cannot read" run --plugin=nothere.so
refused "is a third word" new compressor a b
refused "a name" new compressor
refused "laconic has a compressor topk" new compressor topk
refused "no name of a plug-in" new compressor ../x
refused "already" new compressor mycompressor
cp mycompressor/mycompressor.so here.so
cp -r mycompressor elsewhere
sed -i 's/differently/yet again/' elsewhere/mycompressor.c
"${CC:-cc}" -shared -fPIC -std=gnu11 elsewhere/mycompressor.c -o there.so $(pkg-config --cflags laconic)
"$MPIEXEC" -n 1 env LACONIC_PLUGINS=here.so "$LACONIC" run --up=mycompressor --rounds=1 -o m.h5 : \
  -n 1 env LACONIC_PLUGINS=there.so "$LACONIC" run --up=mycompressor --rounds=1 -o m.h5 > out 2> err
is "ranks with different objects" "$? $(grep -c 'other plug-ins than rank 0' err)" "1 1"
finish
