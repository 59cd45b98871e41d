#!/usr/bin/python3
"""btm against NumPy: seed phase, branches, averages and single experts, what is sent and when, who takes part; any number of ranks, a pause
inside of a branch; refusals.  TAP."""
import sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

n, d, m, rounds, lam = 5, 6, 8, 17, 0.1
source = np.random.RandomState(8)
A = source.standard_normal((n, m, d)) + 0.7 * source.standard_normal((n, 1, d))
label = np.where(source.uniform(size=(n, m)) < 0.5, -1.0, 1.0)
x0 = source.standard_normal(d)
number = lambda v: "%.17g" % v
rows = truth.write_rows("rows", [("%g" % label[i, r], map(number, A[i, r])) for i in range(n) for r in range(m)])
common = ["--problem=logreg:reg=nonconvex,lambda=%g" % lam, "--dataset=%s:d=%d" % (rows, d), "--clients=%d" % n, "--eval=1",
          "--optimum=none", "--x0=file:path=" + truth.write("x0", map(number, x0))]


def loss(i, x):
    return np.mean(np.logaddexp(0, -label[i] * (A[i] @ x))) + lam * np.sum(x ** 2 / (1 + x ** 2))


def gradient(i, x):
    return A[i].T @ (-label[i] / (1 + np.exp(label[i] * (A[i] @ x)))) / m + lam * 2 * x / (1 + x ** 2) ** 2


class AdamW:
    def __init__(self, lr, beta1=0.9, beta2=0.95, eps=1e-8, wd=0.1):
        self.lr, self.beta, self.eps, self.wd, self.m, self.v, self.s = lr, (beta1, beta2), eps, wd, 0, 0, 0

    def step(self, x, g):
        self.s += 1
        self.m = self.beta[0] * self.m + (1 - self.beta[0]) * g
        self.v = self.beta[1] * self.v + (1 - self.beta[1]) * g * g
        fixed = self.m / (1 - self.beta[0] ** self.s), self.v / (1 - self.beta[1] ** self.s)
        return x * (1 - self.lr * self.wd) - self.lr * fixed[0] / (np.sqrt(fixed[1]) + self.eps)


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, x, g):
        return x - self.lr * g


def compare(seed, branch, inner, lr, expert=0, drawn=None):
    spec = "btm:seed=%d,branch=%d,inner=%s,lr=%g,expert=%d" % (seed, branch, inner, lr, expert)
    table = ["round,c0,c1"] + ["%d,%d,%d" % (t, *c) for t, c in enumerate(drawn or [])]
    more = ["--sample=uniform:s=2", "--replay.sample=" + truth.write("sample.csv", table)] if drawn else []
    run = truth.Run(common + more + ["--rounds=%d" % rounds, "--algorithm=" + spec])
    if run.error:
        return run.error
    make = AdamW if inner == "adamw" else SGD
    x, whole, up, down = x0, make(lr), 0, 0
    for t in range(rounds + 1):
        f = np.mean([loss(i, x) for i in range(n)])
        if not abs(run.trace["f"][t] - f) <= 1e-10 * abs(f):
            return "row %d: f is %.17g, not %.17g" % (t, run.trace["f"][t], f)
        if [run.trace["bits_up"][t], run.trace["bits_down"][t]] != [64 * d * up, 64 * d * down]:
            return "row %d: %d bits up and %d down" % (t, run.trace["bits_up"][t], run.trace["bits_down"][t])
        place = (t - seed) % branch if t >= seed else -1
        who = range(n) if drawn is None else drawn[t - max(place, 0)]
        if place < 0:
            x = whole.step(x, np.mean([gradient(i, x) for i in who], 0))
        else:
            if place == 0:
                theta, own = {i: x for i in who}, {i: make(lr) for i in who}
            theta = {i: own[i].step(theta[i], gradient(i, theta[i])) for i in who}
            if place == branch - 1:
                x = theta[expert - 1] if expert else np.mean(list(theta.values()), 0)
        up += len(who) * (place < 0 or place == branch - 1)
        down += len(who) * (place <= 0)
        if t == rounds - 1 and np.max(np.abs(run.x - x)) > 1e-10:
            return "the last iterate differs by %.1e" % np.max(np.abs(run.x - x))
    return None


draws = [sorted(source.permutation(n)[:2]) for _ in range(rounds + 1)]
for seed, branch, inner, lr, expert in ((5, 4, "adamw", 0.02, 0), (0, 6, "adamw", 0.02, 0), (2, 5, "sgd", 0.2, 0),
                                        (99, 3, "adamw", 0.02, 0), (0, 1, "sgd", 0.2, 0), (3, 14, "adamw", 0.05, 2),
                                        (5, 6, "sgd", 0.1, 5)):
    words = "NumPy: seed=%d, branch=%d, %s, expert=%d" % (seed, branch, inner, expert)
    truth.report(words, compare(seed, branch, inner, lr, expert))
    if not expert:
        truth.report(words + ", 2 of 5", compare(seed, branch, inner, lr, 0, draws))

experts = [truth.Run(common + ["--rounds=9", "--algorithm=btm:seed=3,branch=6,expert=%d" % k]) for k in range(1, n + 1)]
average = truth.Run(common + ["--rounds=9", "--algorithm=btm:seed=3,branch=6"])
truth.report("the average is that of the experts", average.error or experts[0].error or (
    None if np.max(np.abs(average.x - np.mean([r.x for r in experts], 0))) <= 1e-14 * np.max(np.abs(average.x)) else "it is another"))

how = common + ["--rounds=%d" % rounds, "--algorithm=btm:seed=4,branch=5", "--up=topk:k=3", "--dropout=0.3", "--batch=3", "--weights=size"]
whole = [truth.Run(how, ranks) for ranks in (1, 2, 3, 5)]
truth.report("1, 2, 3, 5 ranks", whole[0].error or (None if len({r.attrs["digest"] for r in whole}) == 1 else "digests differ"))
for stop in (2, 4, 6, 8, 9):
    out = truth.scratch("paused.h5")
    stopped = truth.command(["run", *how, "-o", out, "--force", "--pause=%d" % stop], 2)
    again = truth.command(["run", *how, "-o", out, "--resume"], 3)
    truth.report("stopped on 2 ranks after %d rounds and resumed on 3, it ends the same" % stop,
                 None if stopped.returncode == 75 and again.returncode == 0 and whole[0].attrs["digest"] in again.stdout else
                 again.stderr.strip() or "another digest")

for more, part in ((["--algorithm=btm:branch=0"], "branch must be"), (["--algorithm=btm:expert=6"], "there are fewer"),
                   (["--algorithm=btm:expert=1", "--sample=uniform:s=2"], "leave --sample and --dropout out")):
    run = truth.Run(common + ["--rounds=2"] + more)
    truth.report("refused: " + " ".join(more), None if run.error and "\n" not in run.error and part in run.error else "%s" % run.error)
truth.finish()
