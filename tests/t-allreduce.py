#!/usr/bin/python3
"""allreduce: the ring's sums against NumPy to the last bit, what clients send, ranks, pauses, bytes on the wire, seconds, what is
refused.  TAP."""
import os, re, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

import h5py

ROUNDS, GAMMA = 4, 0.05
SHAPES = [(1, 5), (2, 5), (3, 12), (5, 13), (7, 3), (6, 1)]      # clients and coordinates: divided, not divided, fewer than clients


def options(n, d, *more):
    return ["--problem=quadratic:d=%d" % d, "--clients=%d" % n, "--optimum=none", *more]


def cut(n, d, j):
    j %= n
    return slice(d * j // n, d * (j + 1) // n)


# ---- every client holds the iterate that the order of the sum gives, to the last bit ----

def gradients(n, d, x):
    """grad f_i(x) of every client: what ef21 without compression keeps of its first round."""
    start = truth.write("x", ["%.17g" % v for v in x])
    return truth.clients_after(options(n, d, "--algorithm=ef21:gamma=0.1", "--x0=file:path=" + start, "--rounds=2"), 1)[:, 0]


def ring_mean_step(g, n, d, x):
    total = np.empty(d)
    for j in range(n):
        at = cut(n, d, j)
        total[at] = g[(j + 1) % n][at]
        for k in range(2, n + 1):
            total[at] += g[(j + k) % n][at]
    return x + (-GAMMA / n) * total


for n, d in SHAPES:
    x = np.linspace(-1, 2, d) ** 3 + 0.1
    how = options(n, d, "--algorithm=allreduce:gamma=%g" % GAMMA, "--rounds=%d" % (ROUNDS + 1),
                  "--x0=file:path=" + truth.write("start", ["%.17g" % v for v in x]))
    why = None
    for t in range(ROUNDS):
        x = ring_mean_step(gradients(n, d, x), n, d, x)
        held = truth.clients_after(how, t + 1)
        if why is None and (isinstance(held, str) or not all(np.array_equal(own, x) for own in held[:, 0])):
            why = held if isinstance(held, str) else "round %d: %s, not %s" % (t, held[:, 0], x)
    truth.report("n=%d, d=%d: every client has the iterate of the ring's order, to the last bit" % (n, d), why)


# ---- what is sent: chunk i-1-k in phase k, 64 bits a number, and nothing else ----

def measured(n, d, *more, ranks=1):
    path = truth.scratch("sent.h5")
    done = truth.command(["run", *options(n, d, "--algorithm=allreduce:gamma=0.01", "--rounds=%d" % ROUNDS, *more), "-o", path, "--force"],
                         ranks)
    return path if done.returncode == 0 else done.stderr.strip()


def is_sent(n, d):
    phases = 2 * (n - 1)
    want = np.zeros((ROUNDS, phases + 1 if n > 1 else 2, n), int)
    for k in range(phases):
        for i in range(n):
            at = cut(n, d, i - 1 - k)
            want[:, k, i] = 64 * (at.stop - at.start)
    with h5py.File(measured(n, d)) as f:
        up, down = f["messages/up"], f["messages/down"][...]
        steps = np.arange(ROUNDS + 1)
        columns = {"bits_up": 64 * phases * d * steps, "msgs_up": (want[0] > 0).sum() * steps, "bits_down": 0 * steps,
                   "msgs_down": 0 * steps, "oracle_calls": n * steps}
        wrong = [name for name, column in columns.items() if not np.array_equal(f["trace"][name][...].astype(int), column)]
        same = np.array_equal(up[...].reshape(want.shape), want) and not down.any() and up.attrs.get("handed_on", 0) == phases
        return None if same and not wrong else "other messages, or other sums of %s" % wrong


for n, d in SHAPES:
    truth.report("n=%d, d=%d: 2(n-1) messages a client and round, 2(n-1) d numbers in all" % (n, d), is_sent(n, d))

# ---- ranks, exchanges, pauses ----

for n, d in SHAPES:
    digests = set()
    for ranks, more in [(1, []), (2, []), (3, ["--exchange=star"]), (3, ["--exchange=tree:k=1", "--server=own"]), (2, ["--exchange=ring"])]:
        run = truth.Run(options(n, d, "--algorithm=allreduce", "--rounds=9", "--eval=2", *more), ranks)
        digests.add(run.error or str(run.attrs["digest"]))
    truth.report("n=%d, d=%d: one digest on 1, 2 and 3 ranks with four exchanges" % (n, d), None if len(digests) == 1 else str(digests))

for more in (["--problem=quadratic:d=13"], ["--problem=logreg", "--dataset=synthetic:rows=20,d=13", "--batch=4,order=epoch"],
             ["--problem=quadratic:d=13", "--algorithm=allreduce:gamma=1e150", "--eval=50", "--rounds=60"]):
    how = ["--clients=5", "--rounds=9", "--optimum=none", "--algorithm=allreduce:gamma=0.01", *more]
    path = truth.scratch("stopped.h5")
    whole = truth.Run(how)
    first = truth.command(["run", *how, "-o", path, "--force", "--pause=2"], 2)
    last = truth.command(["run", *how, "-o", path, "--resume", "--exchange=star"], 3)
    good = first.returncode == 75 and last.returncode == 0 and str(whole.attrs["digest"]) in last.stdout
    truth.report("stopped on 2 ranks and resumed on 3, it ends the same: " + " ".join(more),
                 None if good else first.stderr + last.stderr + last.stdout)

# ---- a sum that overflows half-way round: the ranks behind it go on without its message, and all end in the same round ----

n, d = 7, 13
x = np.linspace(-1, 2, d)
far = x - 1e100 / n * gradients(n, d, x).sum(0)
g = gradients(n, d, far)
grow = 1.05 * (1.79e308 / abs(g.sum(0)).max())
how = ["--algorithm=allreduce:gamma=%.17g" % (1e100 * grow), "--rounds=9", "--eval=7",
       "--x0=file:path=" + truth.write("start", ["%.17g" % v for v in x])]
ends = set()
for ranks, more in [(1, []), (2, []), (3, []), (3, ["--exchange=star"]), (7, ["--exchange=star", "--server=own"]),
                    (7, ["--exchange=ring"])]:
    run = truth.Run(options(n, d, *how, *more), ranks)
    ends.add(run.error or (str(run.attrs["reason"]), str(run.attrs["digest"])))
alone = abs(g).max() * grow
truth.report("a sum of finite gradients that is not finite ends the run as diverged, on 1, 2, 3 and 7 ranks alike",
             None if len(ends) == 1 and ("diverged" in next(iter(ends))) and alone < 1.79e308 else "%s, %g" % (ends, alone))

# ---- bytes on the wire: blocks of 32 bytes and a message, headers of 40 bytes to each rank but the first ----

with h5py.File(measured(3, 6, "--exchange=star", ranks=3)) as f:
    sent = int(f["timing"].attrs["wire_bytes_method"])
want = ROUNDS * (3 * 4 * (32 + 16) + 3 * 2 * 40)      # headers: with the row, with what it says, and behind the ring
truth.report("3 ranks with a client each: each block goes to the next rank, and to no other", None if sent == want else
             "%d bytes, not %d" % (sent, want))

# ---- seconds: 2(n-1) steps of L + U/B ----

done = truth.command(["show", measured(3, 6), "--network=1Mbit/s,20ms,compute=0"])
total = re.search(r"^ *total +([0-9.e+-]+)", done.stdout, re.M)
want = ROUNDS * 4 * (0.02 + 128 / 1e6)
good = total and abs(float(total[1]) - want) < 1e-3 * want
truth.report("on a network, a step takes L + U/B", None if good else done.stdout + done.stderr)
done = truth.command(["trace", measured(3, 6), "-o", truth.scratch("replayed")])
truth.report("no trace between clients and a server is made of it", None if done.returncode == 1 and "client to client" in done.stderr else
             done.stderr)

# ---- refused ----

for option in ("--sample=uniform:s=3", "--dropout=0.2", "--down=topk:k=2", "--up=topk:k=2", "--up=identity:value=f32", "--up2=sign",
               "--broadcast=f32"):
    run = truth.Run(["--problem=quadratic", "--algorithm=allreduce", option])
    lines = (run.error or "").splitlines()
    truth.report("%s is refused in a sentence" % option, None if len(lines) == 1 and "allreduce" in lines[0] else run.error or "it runs")
truth.finish()
