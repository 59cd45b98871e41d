#!/usr/bin/python3
"""Which rows a gradient uses: --batch with replacement and by epochs, K=epochs:E, the column `samples`, against NumPy with the streams that
rng.h and docs/round.md describe; the local step size of theory.  TAP."""
import sys
sys.dont_write_bytecode = True
import truth
from truth import ok

try:
    import h5py
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

# ---- streams: Philox4x32-10, key = seed, counter = (block, client, round, axis and use) ----

M, W, BATCH, EPOCH = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85), 6, 1 << 23


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = M[0] * c[0], M[1] * c[2]
        c = [b >> 32 ^ c[1] ^ k[0], b & 0xffffffff, a >> 32 ^ c[3] ^ k[1], a & 0xffffffff]
        k = [(k[j] + W[j]) & 0xffffffff for j in range(2)]
    return c


def words(client, round, use, seed=1):
    block = 0
    while True:
        yield from philox((block, client, round, BATCH << 24 | use), (seed & 0xffffffff, seed >> 32))
        block += 1


def order_of(client, epoch, m, seed=1):
    order, stream, i = list(range(m)), words(client, epoch, EPOCH, seed), 0
    while i < m:
        product = next(stream) * (m - i)
        if product & 0xffffffff >= 2 ** 32 % (m - i):
            j = i + (product >> 32)
            order[i], order[j] = order[j], order[i]
            i += 1
    return order


def by_epoch(m, B):
    """Rows of a client's step number `at`."""
    steps = -(-m // B)
    return lambda client, round, step, at: sorted(order_of(client, at // steps, m)[at % steps * B:(at % steps + 1) * B])


def with_replacement(m, B):
    def rows(client, round, step, at):
        stream, taken = words(client, round, step), []
        while len(taken) < B:
            u = next(stream) | next(stream) << 32
            if u < 2 ** 64 - 1 - (2 ** 64 - 1) % m:
                taken.append(u % m)
        return taken
    return rows


# ---- least squares ----

n, d, m, eta = 3, 4, 10, 0.05
source = np.random.RandomState(11)


A, y = source.standard_normal((n, m, d)), source.standard_normal((n, m))
data = truth.write_rows("oracle.libsvm", [("%.17g" % y[i, r], ["%.17g" % v for v in A[i, r]]) for i in range(n) for r in range(m)])
common = ["--problem=lsq", "--dataset=%s:d=%d" % (data, d), "--clients=%d" % n]


def grad(i, x, take):
    return A[i][take].T @ (A[i][take] @ x - y[i][take]) / len(take)


def fedavg(rows, K, rounds, chosen=None):
    """The last iterate, and how many rows were used."""
    x, before, samples = np.zeros(d), [0] * n, 0
    for t in range(rounds):
        moved, who = np.zeros(d), range(n) if chosen is None else chosen[t]
        for i in who:
            z = x.copy()
            for k in range(K):
                take = rows(i, t, k, before[i] + k)
                samples += len(take)
                z -= eta * grad(i, z, take)
            before[i] += K
            moved += x - z
        x = x - moved / len(who)
    return x, samples


def same(words, options, rows, K, rounds, chosen=None, ranks=1):
    run = truth.Run(common + options + ["--rounds=%d" % rounds], ranks)
    if run.error:
        return truth.report(words, run.error)
    x, samples = fedavg(rows, K, rounds, chosen)
    ok(np.abs(run.x - x).max() < 1e-12, words, " (largest difference %.1e)" % np.abs(run.x - x).max())
    ok(run.trace["samples"][-1] == samples, "... and used %d rows" % samples, ", not %d" % run.trace["samples"][-1]
       if run.trace["samples"][-1] != samples else "")


def local(K):
    return "--algorithm=fedavg:eta=%g,K=%s" % (eta, K)


epochs = by_epoch(m, 4)      # 3 steps, of 4, 4 and 2 rows
same("FedAvg by epochs: K=2 steps a round, 3 an epoch", [local(2), "--batch=4,order=epoch"], epochs, 2, 8)
same("K=epochs:2 is 6 steps", [local("epochs:2"), "--batch=4,order=epoch"], epochs, 6, 3)
same("... of a percentage of the rows too", [local("epochs:1"), "--batch=40%,order=epoch"], epochs, 3, 3)
same("... one step where a batch is all rows", [local("epochs:3"), "--batch=full"], lambda *at: list(range(m)), 3, 3)
same("FedAvg with replacement", [local(2), "--batch=4,replace=yes"], with_replacement(m, 4), 2, 8)
same("... E epochs of 3 steps", [local("epochs:1"), "--batch=4,replace=yes"], with_replacement(m, 4), 3, 4)
drawn = [with_replacement(m, 4)(i, t, k, 0) for i in range(n) for t in range(8) for k in range(2)]
ok(any(len(set(take)) < 4 for take in drawn), "... in which a batch has a row twice")

chosen = [sorted(map(int, source.permutation(n)[:2])) for _ in range(9)]
table = truth.write("sample.csv", ["round,a,b"] + ["%d,%d,%d" % (t, *who) for t, who in enumerate(chosen)])
sampled = ["--sample=uniform:s=2", "--replay.sample=" + table]
same("a client that is not sampled goes on where it stopped", [local(2), "--batch=4,order=epoch"] + sampled, epochs, 2, 9, chosen)
same("... on two ranks", [local(2), "--batch=4,order=epoch"] + sampled, epochs, 2, 9, chosen, 2)

# ---- every row once an epoch, seen in a run: rows e_r move only their own coordinate ----


def rows_of_rounds(B, rounds):
    """[round][client] = rows that were used, by the coordinates that moved; one step a round."""
    data = truth.write_rows("onehot.libsvm", [("1", ["1" if c == r else "0" for c in range(n * m)]) for r in range(n * m)])
    last, seen = np.zeros(n * m), []
    for t in range(rounds):
        run = truth.Run(["--problem=lsq", "--dataset=%s:d=%d" % (data, n * m), "--clients=%d" % n, "--algorithm=fedavg:eta=0.1,K=1",
                         "--batch=" + B, "--rounds=%d" % (t + 1)])
        seen.append([set(np.flatnonzero(run.x[i * m:(i + 1) * m] != last[i * m:(i + 1) * m])) for i in range(n)])
        last = run.x
    return seen


seen = rows_of_rounds("4,order=epoch", 9)
ok(all(len(seen[t][i]) == (4, 4, 2)[t % 3] for t in range(9) for i in range(n)), "batches have 4, 4 and 2 rows, and again")
ok(all(set.union(*(seen[3 * e + k][i] for k in range(3))) == set(range(m)) for e in range(3) for i in range(n)),
   "each row is used exactly once an epoch, 3 epochs of 3 clients")
ok(len({tuple(map(tuple, map(sorted, (seen[3 * e + k][i] for k in range(3))))) for e in range(3) for i in range(n)}) == 9,
   "... in 9 different orders")
fresh = rows_of_rounds("4", 3)
ok(any(set.union(*(fresh[k][i] for k in range(3))) != set(range(m)) for i in range(n)), "which --batch=4 alone does not")

# ---- digests: ranks, resume in the middle of an epoch, a replayed table ----


def digest(options, ranks=1):
    run = truth.Run(common + options, ranks)
    return run.error or run.attrs["digest"]


def resumed(options, pause):
    out = truth.scratch("paused.h5")
    for more in (["--force", "--pause=%d" % pause], ["--resume=yes"]):
        done = truth.command(["run", *common, *options, "-o", out, *more])
    if done.returncode:
        return done.stderr.strip()
    with h5py.File(out) as file:
        return file.attrs["digest"]


for method in ("scaffold:K=2", "scaffold:K=2,option=I,form=classic,init=gradient", "scaffold:K=epochs:2", "fedcomgate:K=2", "scallion:K=2",
               "scafcom:K=2,init=gradient", "fedprox:K=epochs:1", "ef21sgdm:gamma=0.05", "ef21page:gamma=0.05,p=0.3", "diloco:H=3"):
    options = ["--algorithm=" + method, "--batch=4,order=epoch", "--rounds=7"] + (["--sample=uniform:s=2"] if method[:3] == "sca" else [])
    one = digest(options)
    ok(len(one) == 16 and {digest(options, 2), digest(options, 3), resumed(options, 4)} == {one},
       "%s by epochs: one digest on 1, 2, 3 ranks and when resumed after 4 rounds" % method, "" if len(one) == 16 else ": " + one)

half = 5
step = by_epoch(m, half)
table = truth.write("batch.csv", ["round,client,step," + ",".join("r%d" % k for k in range(half))] +
                    ["%d,%d,%d,%s" % (t, i, k, ",".join(map(str, step(i, t, k, 3 * t + k)))) for t in range(6) for i in range(n)
                     for k in range(3)])
ok(digest([local(3), "--batch=5,order=epoch", "--rounds=6"]) == digest([local(3), "--batch=5", "--rounds=6", "--replay.batch=" + table]),
   "epochs have the digest of the same rows from a table")
ok(digest([local(2), "--batch=4", "--rounds=6"]) == digest([local(2), "--batch=4,order=random,replace=no", "--rounds=6"]),
   "the defaults may be said")

# ---- samples ----


def used(words, options, want, rounds=5):
    run = truth.Run(common + options + ["--rounds=%d" % rounds])
    have = run.error or list(run.trace["samples"])
    ok(have == [want * t for t in range(rounds + 1)], "%s: %d rows a round" % (words, want), "" if have == [want * t for t in
       range(rounds + 1)] else ", not %s" % have)


used("gradient descent", ["--algorithm=gd:gamma=0.1"], n * m)
used("a batch of 3", ["--algorithm=gd:gamma=0.1", "--batch=3"], 3 * n)
used("SCAFFOLD with option I", ["--algorithm=scaffold:K=4,option=I,form=classic", "--batch=2"], 2 * 5 * n)
used("... of two clients", ["--algorithm=scaffold:K=4", "--batch=2", "--sample=uniform:s=2"], 2 * 4 * 2)
stopped = truth.Run(common + ["--algorithm=gd:gamma=0.1", "--batch=3", "--rounds=99", "--stop=samples:90"])
ok(not stopped.error and stopped.attrs["reason"] == "budget" and stopped.trace["samples"][-1] == 90, "--stop=samples:90 ends at 90")
ok("samples" not in truth.Run(["--problem=quadratic", "--rounds=2"]).trace, "a problem without rows has no such column")

# ---- clients of different size ----

split = common + ["--split=dirichlet:alpha=1", "--rounds=3"]
for method in ("fedavg", "fedprox", "fedef", "scaffold:form=classic"):
    run = truth.Run(split + ["--algorithm=%s%sK=epochs:2" % (method, "," if ":" in method else ":"), "--batch=3,order=epoch"])
    ok(not run.error and run.trace["samples"][-1] == 3 * 2 * n * m, "%s takes two passes over clients of any size" % method,
       ": " + run.error if run.error else "")

# ---- what is refused ----


def refused(words, options, *parts):
    run = truth.Run(options)
    ok(run.error is not None and run.error.count("\n") == 0 and all(p in run.error for p in parts), words + " is refused",
       "" if run.error else ": it ran")


for method, remedy in (("scaffold", "form=classic"), ("scallion", "K=NUMBER"), ("scafcom", "K=NUMBER"),
                       ("fedcomgate", "scaffold:form=classic")):
    refused("%s: K=epochs:2 with clients of different size" % method,
            split + ["--algorithm=%s:K=epochs:2" % method, "--batch=3,order=epoch"], "K=epochs", remedy)
for value in ("0", "epochs:0", "epochs:1.5", "epochs:", "epochs:-1", "epoch:2", "65536"):
    refused("K=" + value, common + ["--algorithm=fedavg:K=" + value], "K must be", "epochs:NUMBER")
refused("more than 65535 steps", common + ["--algorithm=fedavg:K=epochs:30000", "--batch=4"], "K=epochs:E", "larger --batch")
for value, parts in (("11", ("client 0", "10 rows", "percentage")), ("11,replace=yes", ("10 rows",)), ("11,order=epoch", ("10 rows",)),
                     ("full,order=epoch", ("--batch=full",)), ("4,replace=yes,order=epoch", ("leave one of them out",)),
                     ("4,order=any", ("order must be",)), ("4,ordr=epoch", ("did you mean order",)), ("4,", ("leave it out",)),
                     ("0", ("--batch must be",)), ("4,replace=yes,replace=yes", ("twice",))):
    refused("--batch=" + value, common + ["--batch=" + value], "--batch", *parts)
for value in ("4,order=epoch", "4,replace=yes"):
    refused("--replay.batch with --batch=" + value, common + ["--batch=" + value, "--replay.batch=" + table, "--rounds=6"],
            "--replay.batch")
refused("ef21page: theory of independent batches, with epochs", common + ["--algorithm=ef21page", "--batch=4,order=epoch"],
        "not independent")

# ---- eta=theory ----


def number(options, key):
    out = truth.scratch("out.h5")
    run = truth.Run(options + ["--rounds=1"])
    if run.error:
        return run.error
    with h5py.File(out) as file:
        return float(file["config"].attrs[key])


beta = max(np.linalg.eigvalsh(A[i].T @ A[i] / m)[-1] for i in range(n))
L = np.linalg.eigvalsh(sum(A[i].T @ A[i] for i in range(n)) / m / n)[-1]


def is_step(words, options, key, want):
    have = number(common + options, key)
    ok(isinstance(have, float) and abs(have / want - 1) < 1e-9, "%s is %.6g" % (words, want), "" if isinstance(have, float) and
       abs(have / want - 1) < 1e-9 else ", not %s" % have)


some = ["--sample=uniform:s=2"]
is_step("scaffold: eta=theory", ["--algorithm=scaffold:eta=theory,K=1"], "scaffold.eta", 1 / (24 * beta))
is_step("... with K=8, eta_g=3, two of three clients", ["--algorithm=scaffold:eta=theory,K=8,eta_g=3"] + some, "scaffold.eta",
        (2 / 3) ** (2 / 3) / (24 * beta * 8 * 3))
is_step("... K=epochs:2 of 3 batches", ["--algorithm=scaffold:eta=theory,K=epochs:2", "--batch=4"], "scaffold.eta", 1 / (24 * beta * 6))
is_step("... a factor", ["--algorithm=scaffold:eta=theory*0.5,K=8"], "scaffold.eta", 0.5 / (24 * beta * 8))
for mu in (0.1, 30):
    strong, top = ["--problem=lsq:lambda=%g" % mu] + common[1:] + some, beta + mu
    have, want = number(strong + ["--algorithm=scaffold:eta=theory,K=8,eta_g=3"], "scaffold.eta"), min(1 / (81 * top), 2 / (45 * mu)) / 24
    ok(isinstance(have, float) and abs(have / want - 1) < 1e-9, "... strongly convex, mu=%g: %.6g" % (mu, want))
is_step("fedavg: eta=theory with K=1 is that of gradient descent", ["--algorithm=fedavg:eta=theory,K=1,eta_g=2"], "fedavg.eta", 1 / (2 * L))
for method, parts in (("fedavg:K=2", ("drift",)), ("fedavg:K=1", ("all clients",)), ("scaffold:eta_g=0.5", ("eta_g",)),
                      ("scaffold:option=I,form=classic", ("option=II",)), ("fedprox:K=1", ()), ("fedpaq:K=1", ()), ("fedef:K=1", ()),
                      ("fedcomgate:K=1", ()), ("scallion:K=1", ()), ("scafcom:K=1", ())):
    refused("%s: eta=theory" % method, common + some + ["--algorithm=%s,eta=theory" % method], "theory", "give eta=NUMBER", *parts)
refused("a rule for one step a round", common + ["--algorithm=scaffold:eta=theory-qm"], "eta=theory-qm", "give eta=NUMBER")

ten = ["--clients=10", "--sample=uniform:s=3", "--x0=normal", "--eval=50", "--rounds=6000"]
labelled = ["--dataset=synthetic:rows=12,d=6,hetero=1"]
for name, setting in (("quadratics", ["--problem=quadratic:d=6,mu=0.1"]),
                      ("logistic regression", ["--problem=logreg:reg=l2,lambda=0.1"] + labelled),
                      ("nonconvex logistic regression", ["--problem=logreg:reg=nonconvex"] + labelled)):
    for more in ("K=1", "K=10", "K=10,eta_g=2", "K=10,eta_g=20"):
        run = truth.Run(setting + ten + ["--algorithm=scaffold:eta=theory," + more])
        fall = np.diff(run.trace["f"]) if not run.error else [1]
        good = not run.error and max(fall) <= 1e-3 * (run.trace["f"][0] - run.trace["f"][-1]) and \
            run.trace["grad_norm_sq"][-1] <= 1e-6 * run.trace["grad_norm_sq"][0]
        ok(good, "scaffold:eta=theory,%s with 3 of 10 clients falls all the time, %s" % (more, name),
           ": |grad f|^2 falls to %.1e of the start" % (run.trace["grad_norm_sq"][-1] / run.trace["grad_norm_sq"][0]) if not run.error
           else ": " + run.error)
wild = truth.Run(["--problem=quadratic:d=6,mu=0.1"] + ten + ["--algorithm=scaffold:eta=theory*200,K=10,eta_g=20"])
ok(wild.attrs["reason"] == "diverged" or wild.trace["f"][-1] > wild.trace["f"][0], "without K and eta_g in it, the step diverges")

truth.finish()
