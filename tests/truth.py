"""What the t-*.py share: running laconic, where other people's trajectories are, TAP.  With an argument, t-truth-fl.py PATTERN, what has
PATTERN in its words is reported, and nothing else counts."""
import csv, itertools, os, re, shutil, subprocess, sys, tempfile

laconic = os.path.abspath(os.environ.get("LACONIC", "./laconic"))
mpiexec = os.environ.get("MPIEXEC", "mpiexec.mpich")
for name in ("ALLOW_RUN_AS_ROOT", "ALLOW_RUN_AS_ROOT_CONFIRM", "MCA_rmaps_base_oversubscribe", "MCA_orte_execute_quiet"):
    os.environ.setdefault("OMPI_" + name, "1")      # as lib.sh
os.environ.setdefault("LACONIC_OVERSUBSCRIBE", "1")
folder = tempfile.TemporaryDirectory()
pattern = sys.argv[1] if len(sys.argv) > 1 else ""
count = failed = 0

if not os.access(laconic, os.X_OK):
    print("Bail out! there is no %s; set LACONIC" % laconic)
    sys.exit(99)


def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


try:
    import h5py
except ImportError:
    skip_all("no python3-h5py")


def find(name):
    """The folder LACONIC_TRUTH/name, or the test is skipped."""
    root = os.environ.get("LACONIC_TRUTH")
    if not root:
        skip_all("LACONIC_TRUTH is not set")
    path = os.path.abspath(os.path.join(root, name))
    if not os.path.isdir(path):
        skip_all("LACONIC_TRUTH has no folder " + name)
    return path


def missing(options):
    """The first file that the options name and that is not there, or None: of a set of trajectories only a part may be here."""
    for path in re.findall(r"(?<![^=@,])(/[^:,@]+)", "@".join(options)):
        if not os.path.exists(path.replace("%d", "0")):
            return os.path.basename(path)
    return None


def scratch(name):
    return os.path.join(folder.name, name)


def write(name, lines):
    """A file of our own; its path."""
    with open(scratch(name), "w") as f:
        f.writelines(line + "\n" for line in lines)
    return scratch(name)


def write_rows(name, rows):
    """LIBSVM text of (label, values), all digits kept; its path."""
    return write(name, ["%s%s" % (label, "".join(" %d:%s" % (j + 1, v) for j, v in enumerate(values) if float(v) != 0))
                        for label, values in rows])


def table(path):
    """The lines of comma-separated text, the names first."""
    with open(path) as f:
        return list(csv.reader(f))


def command(options, ranks=1):
    start = [mpiexec, "-n", str(ranks)] if ranks > 1 else []
    return subprocess.run(start + [laconic, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Run:
    """laconic run OPTIONS: `trace` by column, `x`, `attrs`, `config`; or `error`, one sentence."""

    def __init__(self, options, ranks=1):
        out = scratch("out.h5")
        done = command(["run", *options, "-o", out, "--force"], ranks)
        self.take(done, out)

    def take(self, done, path):
        self.error = done.stderr.strip() or "exit status %d" % done.returncode if done.returncode else None
        if not self.error:
            with h5py.File(path) as file:
                self.trace = {name: column[:] for name, column in file["trace"].items()}
                self.x = file["final/x"][:]
                self.attrs, self.config = dict(file.attrs), dict(file["config"].attrs)
        return self


def runs(settings, ranks=1):
    """A Run for each of the lists of options, all in one start; of two values of an option the later one wins.  The error of one is the
    error of all."""
    sections = [["[run %d]" % k] + ["%s = %s" % pair for pair in dict(o[2:].split("=", 1) for o in options).items()]
                for k, options in enumerate(settings)]
    file, results = write("together.ini", itertools.chain(*sections)), scratch("together")
    shutil.rmtree(results, ignore_errors=True)
    done = command(["run", file, "--groups=1", "--results=" + results], ranks)
    rows = csv.reader(command(["table", file, "--results=" + results, "--csv", "--columns=label,file"]).stdout.splitlines()[1:])
    paths = dict(rows) if not done.returncode else {}
    return [Run.__new__(Run).take(done, paths.get(str(k))) for k in range(len(settings))]


def clients_after(options, rounds):
    """What the clients hold after so many rounds, from a checkpoint: [client, vector, coordinate]; or one sentence."""
    out = scratch("paused.h5")
    done = command(["run", *options, "-o", out, "--force", "--pause=%d" % rounds])
    if done.returncode != 75:
        return done.stderr.strip() or "exit status %d" % done.returncode
    with h5py.File(out + ".checkpoint") as file:
        return file["client"][:]


def ok(good, words, more=""):
    global count, failed
    if pattern in words:
        count += 1
        failed += not good
        print("%s %d - %s%s" % ("ok" if good else "not ok", count, words, more), flush=True)


def report(words, why):
    """One test: why is None, or what is wrong."""
    ok(why is None, words, ": " + why if why is not None else "")


def skip(words, why):
    ok(True, words, " # SKIP " + why)


def finish():
    if count == 0 and pattern:
        print('Bail out! no test has "%s" in its words' % pattern)
        sys.exit(99)
    if count == 0:
        skip_all("nothing to compare is there")
    print("1..%d" % count)
    sys.exit(failed > 0)
