"""What the t-truth*.py share: where other people's trajectories are, running laconic, TAP."""
import csv, os, subprocess, sys, tempfile

laconic = os.environ.get("LACONIC", "./laconic")
mpiexec = os.environ.get("MPIEXEC", "mpiexec.mpich")
folder = tempfile.TemporaryDirectory()
count = failed = 0


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
    path = os.path.join(root, name)
    if not os.path.isdir(path):
        skip_all("LACONIC_TRUTH has no folder " + name)
    return path


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
    """laconic run OPTIONS: `trace` by column, `x`, `attrs`; or `error`, one sentence."""

    def __init__(self, options, ranks=1):
        out = scratch("out.h5")
        done = command(["run", *options, "-o", out, "--force"], ranks)
        self.error = done.stderr.strip() or "exit status %d" % done.returncode if done.returncode else None
        if not self.error:
            with h5py.File(out) as file:
                self.trace = {name: column[:] for name, column in file["trace"].items()}
                self.x = file["final/x"][:]
                self.attrs = dict(file.attrs)


def clients_after(options, rounds):
    """What the clients hold after so many rounds, from a checkpoint: [client, vector, coordinate]; or one sentence."""
    out = scratch("paused.h5")
    done = command(["run", *options, "-o", out, "--force", "--pause=%d" % rounds])
    if done.returncode != 75:
        return done.stderr.strip() or "exit status %d" % done.returncode
    with h5py.File(out + ".checkpoint") as file:
        return file["client"][:]


def report(words, why):
    """One test: why is None, or what is wrong."""
    global count, failed
    count += 1
    failed += why is not None
    print("%s %d - %s%s" % ("not ok" if why else "ok", count, words, ": " + why if why else ""))


def finish():
    print("1..%d" % count)
    sys.exit(failed > 0)
