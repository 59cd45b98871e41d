"""What the programs of this folder share: they ask laconic, and end with one sentence."""
import csv
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
SIMULATE = os.path.join(HERE, "..", "..", "tools", "simulate")
LACONIC = os.path.abspath(os.environ.get("LACONIC", "laconic"))

CONGESTION = "reno"      # of TCP: every kernel allows it to every user
QUEUE = "16MiB"          # what waits at a link: more than TCP has under way to three hosts, so that nothing is lost
# MPICH 4.0 over UCX on TCP, as laconic bench links has it on links of 20 ms: a round of two messages takes two one-way latencies up to
# 17 kB and ten from 20 kB on, so that a rendezvous takes two round trips
TCP = "tcp=yes,cold=idle,rendezvous=18kB,handshake=2"


class Fault(Exception):
    """One sentence."""


def ask(*command):
    """The standard output of a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Fault(f"{' '.join(command[:3])}: {(done.stderr.strip() or 'failed').splitlines()[-1]}")
    return done.stdout


def seconds_of_round(path, network):
    """Seconds of a round of a result on a network, by the closed model."""
    for row in csv.DictReader(ask(LACONIC, "show", path, "--csv", "--network=" + network).splitlines()):
        if row["part"] == "total":
            return float(row["seconds_per_round"])
    raise Fault(f"laconic show {path} has no total")


def run_on_links(path, options, rounds, links, exchange, **environment):
    """A result whose first and last rows, which are evaluated, are of one rank without links; between them so many rounds on links."""
    own = options + ["-o", path, "--checkpoint=1000000", "--progress=no"]
    hosts = [LACONIC, "links", "--congestion=" + CONGESTION, "--queue=" + QUEUE] + links
    parts = [([LACONIC, "run"] + own + ["--pause=1"], 75),
             (hosts + [LACONIC, "run"] + own + exchange + ["--resume", "--pause=%d" % (1 + rounds)], 75),
             ([LACONIC, "run"] + own + ["--resume"], 0)]
    for command, status in parts:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300, check=False,
                              env=os.environ | environment)
        if done.returncode != status:
            raise Fault(f"{' '.join(command)}: exit status {done.returncode}, not {status}: {done.stderr.strip()}")


# ---- a grid of points, each with a name and run(path), whose results are kept ----

def repeats_of(point, folder):
    """The results of a point that are there."""
    return sorted(glob.glob(os.path.join(glob.escape(folder), point.name + ".*.h5")))


def measure(points, folder, repeats, say):
    """Every point once before any is repeated; say(point, path) is the line of progress."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))      # which ends what is being run, and so the hosts
    os.makedirs(folder, exist_ok=True)
    for repeat in range(1, repeats + 1):
        for point in points:
            path = os.path.join(folder, "%s.%d.h5" % (point.name, repeat))
            if os.path.exists(path):
                continue
            with tempfile.TemporaryDirectory(dir=folder) as work:
                point.run(os.path.join(work, "r.h5"))
                os.rename(os.path.join(work, "r.h5"), path)
            print(f"# {point.name}: {say(point, path)}, load {os.getloadavg()[0]:.0f}", file=sys.stderr, flush=True)


def table(columns, rows, points, folder):
    """The rows of all points that were measured."""
    yield columns
    for point in points:
        if repeats_of(point, folder):
            yield from rows(point, folder)


# ---- what is here ----

def why_no_links():
    """Why nothing can be measured on links here, or None."""
    try:
        import h5py                                   # noqa: F401
    except ImportError:
        return "h5py is not there (Debian: python3-h5py)"
    check = subprocess.run([LACONIC, "links", "--check"], capture_output=True, text=True, check=False)
    missing = re.search(r"^\S.* no: *(.*)$", check.stdout, re.M)
    if missing or check.returncode:
        return "links do not work here: " + (missing.group(1) if missing else check.stderr.strip())
    return None


def why_no_simgrid():
    """Why nothing can be replayed here, or None."""
    return None if shutil.which("smpirun") else "SimGrid is not there (Debian: libsimgrid-dev)"


def end_with(program, run):
    """Its exit status, or one sentence."""
    try:
        sys.exit(run())
    except (Fault, subprocess.TimeoutExpired) as fault:
        sys.exit(f"{program}: {fault}")


def write_table(out, rows):
    """A CSV file that is there whole or not at all."""
    with open(out + ".tmp", "w", newline="", encoding="ascii") as f:
        csv.writer(f, lineterminator="\n").writerows(rows)
    os.rename(out + ".tmp", out)
