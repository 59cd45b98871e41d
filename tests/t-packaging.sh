#!/bin/bash
# Recipes for packages: debian/, tools/packaging/.  They parse, name options and packages that there are, and the version of configure.ac.
# With LACONIC_SLOW the steps of the Apptainer definition run in a clean copy.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
python=${PYTHON3:-python3}
def=$srcdir/tools/packaging/apptainer/laconic.def spack=$srcdir/tools/packaging/spack/packages
version=$(sed -nE 's/^AC_INIT\(\[laconic\], \[([^]]*)\].*/\1/p' "$srcdir/configure.ac")
section() { sed -n "/^%$1\$/,/^%/{/^%/d;p;}" "$def"; }      # NAME: its lines

# ---- Apptainer ----

is "the sections of the definition" "$(grep '^%' "$def" | paste -s -d ' ')" "%files %post %environment %runscript %test %labels %help"
is "it begins with what it is built on" "$(head -n 2 "$def" | sed 's/: .*//' | paste -s -d ' ')" "Bootstrap From"
for part in post environment runscript test; do
  section "$part" > "$part.sh"
  ok "its %$part parses" sh -n "$part.sh"
done
is "it has the version" "$(grep -oE 'laconic-[0-9.]+[0-9]|version [0-9.]+' "$def" | sed 's/.*[- ]//' | sort -u)" "$version"
is "its tests are there" "$(sed -nE "s/.*TESTS='(.*)'.*/\1/p" post.sh | tr ' ' '\n' | while read -r test; do
  [ -f "$srcdir/$test" ] || [ -f "$srcdir/$test.c" ] || echo "$test"
done)" ""
mkdir env && (cd env && . ../environment.sh && echo "$LACONIC_DATA $PYTHONPATH") > env.out
is "its environment" "$(cat env.out)" "${LACONIC_DATA:-/data} /usr/local/share/laconic/python"
# laconic as installed there: with this build's, and mpiexec's, in the path
if command -v "$MPIEXEC" > /dev/null; then
  mkdir bin && ln -s "$LACONIC" bin/laconic
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v "$MPIEXEC")" > bin/mpiexec.mpich && chmod +x bin/mpiexec.mpich
  PATH=$work/bin:$PATH timeout $patience sh -e test.sh > test.out 2>&1
  is "its %test passes" $? 0
  is "its %runscript runs laconic" "$(PATH=$work/bin:$PATH sh runscript.sh --version)" "laconic $version"
else
  skip "no $MPIEXEC" "its %test passes"
fi

# ---- Spack ----

for recipe in "$spack"/*/package.py; do
  name=$(basename "$(dirname "$recipe")")
  ok "$name: the recipe compiles" "$python" -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$recipe"
  ok "$name: its class has the name of its folder" grep -qi "^class $name(" "$recipe"
done
is "laconic: the version" "$(sed -nE 's/^ *version\("([^"]*)".*/\1/p' "$spack/laconic/package.py")" "$version"
# What Spack would do with it: the class over stand-ins, its dependencies and what it gives to configure.
cat > read.py << 'END'
import sys, types
said = []
package = types.ModuleType("spack.package")
for name in ("version", "variant", "depends_on", "license"):
    setattr(package, name, lambda *words, _name=name, **more: said.append((_name, words, more)))
package.AutotoolsPackage, package.Executable = object, lambda name: lambda *words: print("run", name, *words)
sys.modules["spack"], sys.modules["spack.package"] = types.ModuleType("spack"), package
scope = {}
exec(open(sys.argv[1]).read(), scope)
recipe = scope["Laconic"]()
recipe.spec = {"mpi": types.SimpleNamespace(mpicc="/mpi/bin/mpicc")}
recipe.autoreconf(None, None)
print("configure", *recipe.configure_args())
variants = {words[0] for name, words, more in said if name == "variant"}
for name, words, more in said:
    if name == "depends_on":
        when = more.get("when", "+").lstrip("+")
        assert not when or when in variants, words
        print("needs", words[0].split()[0].split("+")[0])
END
ok "laconic: the recipe runs over stand-ins of Spack" eval '"$python" read.py "$spack/laconic/package.py" > spack.out'
is "... it makes configure first" "$(head -n 1 spack.out)" "run autoreconf -fi"
# A name of Spack for every library that configure wants.
needed=$(sed -nE 's/.*LAC_NEED\(\[([A-Za-z0-9 ]+)\].*/\1/p' "$srcdir/configure.ac" "$srcdir/m4/laconic.m4" | sort -u |
  grep -vE '^(dlopen|argp)$' | while read -r what; do
    case $what in
    pkg-config) name=pkgconfig ;; MPICH* | 'a library of MPI'*) name=mpi ;; HDF5*) name=hdf5 ;; OpenBLAS) name=openblas ;; GSL) name=gsl ;;
    liblzma) name=xz ;; libbz2) name=bzip2 ;; zlib) name=zlib-api ;; *) name=$(echo "$what" | tr '[:upper:]' '[:lower:]') ;;
    esac
    grep -qx "needs $name" spack.out || echo "$what"
  done)
is "... every library that configure wants is a dependency" "$needed" ""

# ---- options of configure ----

if [ -x "$srcdir/configure" ]; then
  "$srcdir/configure" --help > configure.help
  wrong=$({ sed -n 's/^configure //p' spack.out; grep -h -E 'configure' post.sh "$srcdir/debian/rules"; } | tr ' ' '\n' |
    grep -oE '^(--[a-z0-9-]+|[A-Z_]+=)' | sort -u | while read -r option; do
      case $option in
      --*) grep -qE -- "^ +(-[a-z], )?$option([ =[]|\$)" configure.help || echo "$option" ;;
      *) grep -qE "^  ${option%=} " configure.help || echo "$option" ;;
      esac
    done)
  is "every option that a recipe gives to configure exists" "$(echo "$wrong" | grep -v '^--builddirectory$')" ""
else
  skip "no configure" "every option that a recipe gives to configure exists"
fi

# ---- Debian ----

listed() { sh "$srcdir/quickstart" packages | tr ' ' '\n' | sort; }
control() {      # FIELD: the packages in it
  sed -n "/^$1:/,/^[A-Z]/{s/^$1://;/^[A-Z]/d;s/<[^>]*>//;s/([^)]*)//;p;}" "$srcdir/debian/control" | tr ', ' '\n\n' | grep . | sort
}
is "debian/control builds with what quickstart installs" "$(comm -13 <(listed) <(control Build-Depends) | paste -s -d ' ')" \
  "debhelper-compat python3-pandas"
is "debian/changelog has the version" "$(sed -nE '1s/^laconic \(([^)]*)\).*/\1/p' "$srcdir/debian/changelog")" "$version"
for script in smoke plugin; do
  ok "debian/tests/$script is a program" test -x "$srcdir/debian/tests/$script"
  ok "... and parses" sh -n "$srcdir/debian/tests/$script"
done
is "every test of debian/tests/control is there" "$(sed -n 's/^Tests: //p' "$srcdir/debian/tests/control" | sort)" \
  "$(cd "$srcdir/debian/tests" && ls | grep -v control)"
is "the tests of the build are there" "$(grep -oE 'tests/t-[a-z.]+' "$srcdir/debian/rules" | while read -r test; do
  [ -f "$srcdir/$test" ] || [ -f "$srcdir/$test.c" ] || echo "$test"
done)" ""

# ---- the steps of the definition in a clean copy, with a stand-in of apt-get ----

if [ -n "${LACONIC_SLOW:-}" ]; then
  unset MAKEFLAGS MFLAGS MAKELEVEL
  mkdir -p root/opt apt && printf '#!/bin/sh\n' > apt/apt-get && chmod +x apt/apt-get
  make -C "$builddir" dist > dist.out 2>&1 && cp "$builddir/laconic-$version.tar.gz" root/opt
  sed "s|/opt|$work/root/opt|g; s|/usr/local|$work/root/usr|g; s|^ *cd /\$|cd $work|; s|/var/lib/apt|$work/apt|" post.sh > steps.sh
  PATH=$work/apt:$PATH timeout 1800 sh steps.sh > steps.out 2>&1
  is "the steps of %post end well" $? 0
  is "... and install laconic" "$("$work/root/usr/bin/laconic" --version)" "laconic $version"
  is "... and leave nothing else" "$(ls root/opt)" ""
fi
finish
