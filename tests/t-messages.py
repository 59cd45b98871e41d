#!/usr/bin/python3
"""/messages of a result: who sent how much, against the counters of the trace; the same on any number of ranks, after a pause, after a
kill; summaries; the digest.  TAP."""
import os, signal, subprocess, sys, time
sys.dont_write_bytecode = True
import truth
from truth import ok

try:
    import h5py
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

PROBLEM = ["--problem=quadratic:d=20", "--rounds=30"]
RUNS = {
    "ef21": ["--algorithm=ef21", "--up=topk:k=3"],
    "lengths that vary": ["--problem=quadratic:d=200", "--algorithm=ef21", "--up=natural+ans", "--eval=7"],
    "sampling": ["--algorithm=scaffold:K=2,eta=0.01", "--sample=uniform:s=3"],
    "sampling and dropout": ["--algorithm=fedavg:K=2,eta=0.01", "--sample=bernoulli:p=0.5", "--dropout=0.3"],
    "several phases": ["--problem=bilinear", "--algorithm=masha1:gamma=0.01,tau=0.3", "--up=randk:k=20%", "--eval=4"],
    "late": ["--algorithm=diloco:H=4,tau=3", "--up=f32"],
    "both ways": ["--algorithm=ef21bc", "--up=topk:k=3", "--down=topk:k=4"],
}
CLIENTS = 7


def options(name, *more):
    return PROBLEM + ["--clients=%d" % CLIENTS] + RUNS[name] + list(more)


class Messages:
    def __init__(self, path):
        with h5py.File(path) as f:
            self.digest = f.attrs.get("digest")
            self.trace = {k: v[...] for k, v in f["trace"].items()}
            self.set = {k: v[...] for k, v in f["messages"].items()}
            self.lag = int(f["messages/up"].attrs["lag"]) if "up" in f["messages"] else None

    def up(self):
        up = self.set["up"].astype(np.uint64)
        return up if up.ndim == 3 else up[:, None, :]

    def takes_part(self):
        part = self.set.get("takes_part", np.ones_like(self.up()))
        return (part if part.ndim == 3 else part[:, None, :]).astype(np.uint64)

    def same(self, other):
        return self.set.keys() == other.set.keys() and all(np.array_equal(self.set[k], other.set[k]) for k in self.set)


def run(name, label, *more, ranks=1, fails=False):
    path = truth.scratch(label.replace(" ", "-") + ".h5")
    r = truth.command(["run", *options(name, "--output=" + path, *more)], ranks)
    if r.returncode != 0 and not fails:
        print("# " + r.stderr.strip())
    return path


def sums(m, rows):
    """bits_up, msgs_up, bits_down, msgs_down before each of these rounds."""
    up, down, part = m.up(), m.set["down"], m.takes_part()
    each = np.stack([up.sum((1, 2)), (up > 0).sum((1, 2)), (down[:, :, None] * part).sum((1, 2)),
                     ((down > 0)[:, :, None] * part).sum((1, 2))]).astype(np.uint64)
    upto = np.concatenate([np.zeros((4, 1), np.uint64), each.cumsum(1)], 1)
    return upto[:, rows.astype(int)]


for name in RUNS:
    first = Messages(run(name, name))
    t = first.trace
    want = np.stack([t["bits_up"], t["msgs_up"], t["bits_down"], t["msgs_down"]])
    ok(np.array_equal(sums(first, t["round"]), want), "%s: the bits and messages of every row are those of /messages before it" % name)
    ok(first.up().shape[0] == 30 and first.up().shape[2] == CLIENTS and first.up().shape[1] == first.set["down"].shape[1],
       "%s: a row a round, a column a client: %s" % (name, first.set["up"].shape))
    two = Messages(run(name, name + " 2", ranks=2))
    ok(first.same(two) and first.digest == two.digest, "%s: the same on two ranks" % name)
    path = run(name, name + " paused", "--pause=11", ranks=2, fails=True)
    paused = Messages(path)
    ok(paused.set["down"].shape[0] >= 11 and np.array_equal(paused.set["down"][:11], first.set["down"][:11]),
       "%s: a run that was paused has its messages so far" % name)
    truth.command(["show", path])      # reads the journal, which takes the place of the file
    ok(Messages(path).same(paused), "%s: ... and also when its journal has been read" % name)
    truth.command(["run", *options(name, "--output=" + path, "--resume")])
    ok(first.same(Messages(path)) and Messages(path).digest == first.digest, "%s: the same after a pause" % name)
    short = Messages(run(name, name + " summary", "--messages=summary"))
    up = first.up()
    ok(short.digest == first.digest and "up" not in short.set, "%s: a summary has the digest of all" % name)
    quantiles = np.floor(np.percentile(up.astype(float), [0, 25, 50, 75, 100], axis=2, method="linear") + 1e-9).transpose(1, 2, 0)
    quantiles = quantiles.reshape(short.set["up_quantiles"].shape)
    ok(np.array_equal(short.set["up_sum"], up.sum(2)) and np.array_equal(short.set["up_max"], up.max(2)) and
       np.array_equal(short.set["up_quantiles"], quantiles), "%s: sum, largest and quantiles are those of all messages" % name)

ok(Messages(truth.scratch("late.h5")).lag == 3 and Messages(truth.scratch("ef21.h5")).lag == 0,
   "late messages say how many rounds later they arrive")
ok("takes_part" not in Messages(truth.scratch("ef21.h5")).set, "where nobody is left out, nothing says who takes part")
ok(Messages(truth.scratch("lengths-that-vary.h5")).set["up"].std() > 0, "lengths that vary do vary")

# What a journal holds is there after a kill.
path = truth.scratch("killed.h5")
long = PROBLEM[:1] + ["--clients=7", "--rounds=3000000", "--messages=full", "--flush=0", "--output=" + path] + RUNS["sampling"]
process = subprocess.Popen([truth.laconic, "run", *long], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
journal = path + ".journal"
for _ in range(600):
    time.sleep(0.05)
    if os.path.exists(journal) and os.path.getsize(journal) > 200000:
        break
process.send_signal(signal.SIGKILL)
process.wait()
truth.command(["show", path])
killed = Messages(path)
rows = killed.trace["round"]
rows = rows[rows <= killed.set["down"].shape[0]]
ok(len(rows) > 100 and len(rows) >= len(killed.trace["round"]) - 1, "a killed run keeps the messages of its %d rows" % len(rows))
want = np.stack([killed.trace[k][:len(rows)] for k in ("bits_up", "msgs_up", "bits_down", "msgs_down")])
ok(np.array_equal(sums(killed, rows), want), "... and they are right")

path = run("ef21", "no round", "--rounds=0")
with h5py.File(path) as f:
    ok(f["messages"].attrs["clients"] == CLIENTS and len(f["messages"]) == 0, "a run of no rounds has no messages")
ok("total" in truth.command(["show", path, "--network=1Mbit/s"]).stdout, "... and takes no seconds")

# Sums and products of the largest allowed size: a summary is chosen by the configuration alone.
for rounds, want in (("100", "up"), ("20000000", "up_sum")):
    path = truth.scratch("auto-%s.h5" % rounds)
    truth.command(["run", *PROBLEM[:1], "--clients=7", *RUNS["ef21"], "--rounds=" + rounds, "--stop=bits_up:5000", "--output=" + path])
    with h5py.File(path) as f:
        ok(want in f["messages"], "--messages=auto with %s rounds records %s" % (rounds, want))
truth.finish()
