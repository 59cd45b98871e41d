#!/usr/bin/python3
"""What clients start from, under every sampler, against NumPy: SCAFFOLD and SCAFCOM with control variates that start from the gradients
of ALL clients, EF21-PP from the estimates of all.  TAP."""
import os, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

n, d, rows, rounds, lam, K, eta = 5, 7, 12, 8, 0.1, 3, 0.2


# ---- the problem: f_i(x) = mean log(1 + exp(-y a.x)) + lambda sum x_j^2/(1 + x_j^2) ----

source = np.random.RandomState(5)
A = source.standard_normal((n, rows, d)) * np.arange(1, n + 1)[:, None, None]
y = np.where(source.standard_normal((n, rows)) > 0, 1, -1)
x0 = source.standard_normal(d)


def grad(i, x):
    weight = -y[i] / (1 + np.exp(y[i] * (A[i] @ x)))
    return A[i].T @ weight / rows + 2 * lam * x / (1 + x * x) ** 2


def value(x):
    return np.mean([np.mean(np.logaddexp(0, -y[i] * (A[i] @ x))) for i in range(n)]) + lam * np.sum(x * x / (1 + x * x))


data = truth.write_rows("starts.libsvm", [(int(y[i, r]), ["%.17g" % v for v in A[i, r]]) for i in range(n) for r in range(rows)])
common = ["--problem=logreg:reg=nonconvex,lambda=%g" % lam, "--dataset=%s:d=%d" % (data, d), "--clients=%d" % n,
          "--x0=file:path=" + truth.write("starts.x0", ["%.17g" % v for v in x0])]


# ---- who takes part: tables of ours, so that both programs have the same ----

def sampled(kind):
    """(options, the clients of every round)."""
    if kind == "full":
        return [], [list(range(n))] * rounds
    if kind.startswith("uniform"):
        size = int(kind[-1])
        chosen = [sorted(source.permutation(n)[:size]) for _ in range(rounds)]
        table = ["round," + ",".join("c%d" % k for k in range(size))] + ["%d,%s" % (t, ",".join(map(str, c))) for t, c in enumerate(chosen)]
        return ["--sample=uniform:s=%d" % size, "--replay.sample=" + truth.write(kind, table)], chosen
    coins = source.rand(rounds, n) < 0.3
    coins[0] = kind == "bernoulli, one at first" and np.arange(n) == 3
    table = ["round,client,coin"] + ["%d,%d,%d" % (t, i, coins[t, i]) for t in range(rounds) for i in range(n)]
    return ["--sample=bernoulli:p=0.3", "--replay.sample=" + truth.write("bernoulli", table)], [list(np.flatnonzero(c)) for c in coins]


# ---- the methods ----

def top(v, k):
    keep = np.argsort(-abs(v), kind="stable")[:k]
    out = np.zeros_like(v)
    out[keep] = v[keep]
    return out


def local(chosen, beta, k):
    """SCAFFOLD (beta 1, k = d) and SCAFCOM from c_i = grad f_i(x_0): (x after every round, messages after every round)."""
    x, ci = x0.copy(), np.array([grad(i, x0) for i in range(n)])
    c, v, path, sent = ci.mean(0), ci.copy(), [x0], [0]
    for t, group in enumerate(chosen):
        total = np.zeros(d)
        for i in group:
            z = x.copy()
            for _ in range(K):
                z = z - eta * (grad(i, z) - ci[i] + c)
            v[i] = (1 - beta) * v[i] + beta * ((x - z) / (K * eta) - c + ci[i])
            delta = top(v[i] - ci[i], k)
            ci[i] = ci[i] + delta
            total += delta
        if group:
            x = x - eta * K * (total / len(group) + c)
            c = c + total / n
        path.append(x)
        sent.append(sent[-1] + len(group) + (n if t == 0 else 0))
    return path, sent


def ef21pp(chosen, init, k, gamma):
    start = {"compressed": lambda g: top(g, k), "zero": lambda g: 0 * g, "exact": lambda g: g}[init]
    x, g, path, sent = x0.copy(), np.array([start(grad(i, x0)) for i in range(n)]), [x0], [0]
    for t, group in enumerate(chosen):
        for i in group if t else []:
            g[i] = g[i] + top(grad(i, x) - g[i], k)
        if t == 0 or group:
            x = x - gamma * g.mean(0)
        path.append(x)
        sent.append(sent[-1] + (len(group) if t else n if init != "zero" else 0))
    return path, sent


def compare(options, path, sent):
    run = truth.Run(common + options + ["--rounds=%d" % rounds])
    if run.error:
        return run.error
    for t, x in enumerate(path):
        g = sum(grad(i, x) for i in range(n)) / n
        if not abs(run.trace["f"][t] - value(x)) <= 1e-11 * value(x):
            return "row %d: f is %.17g, not %.17g" % (t, run.trace["f"][t], value(x))
        if not abs(run.trace["grad_norm_sq"][t] - g @ g) <= 1e-10 * (1 + g @ g):
            return "row %d: |grad f|^2 is %.17g, not %.17g" % (t, run.trace["grad_norm_sq"][t], g @ g)
        if run.trace["msgs_up"][t] != sent[t]:
            return "row %d: %d messages up, not %d" % (t, run.trace["msgs_up"][t], sent[t])
    gap = max(abs(run.x - path[-1]))
    return None if gap <= 1e-11 else "the last iterate differs by %.1e" % gap


for kind in ("full", "uniform 1", "uniform 2", "uniform 4", "bernoulli, one at first", "bernoulli, none at first"):
    options, chosen = sampled(kind)
    where = ":K=%d,eta=%g,init=gradient" % (K, eta)
    truth.report("scaffold, gradients of all at first; %s" % kind,
                 compare(["--algorithm=scaffold" + where, "--up=identity"] + options, *local(chosen, 1, d)))
    for beta in (1, 0.3):
        truth.report("scafcom, beta %g; %s" % (beta, kind),
                     compare(["--algorithm=scafcom%s,beta=%g" % (where, beta), "--up=topk:k=2"] + options, *local(chosen, beta, 2)))
    for init in ("compressed", "zero", "exact"):
        truth.report("ef21pp from %s; %s" % (init, kind),
                     compare(["--algorithm=ef21pp:gamma=0.1,init=" + init, "--up=topk:k=2"] + options, *ef21pp(chosen, init, 2, 0.1)))
    for m in ("scaffold", "scafcom:beta=1") if kind == "uniform 2" else ():
        spec = m + (":" if m == "scaffold" else ",") + where[1:]
        held = truth.clients_after(common + ["--algorithm=" + spec, "--up=identity", "--rounds=%d" % rounds] + options, 1)
        off = [i for i in range(n) if i not in chosen[0] and
               (isinstance(held, str) or max(abs(held[i][0][:d] - grad(i, x0))) > 1e-12)]
        truth.report("%s: who was not in round 0 has its gradient all the same" % m, None if not off else "clients %s" % off)

# ---- the same on other numbers of ranks ----

options, chosen = sampled("uniform 2")
start = ["--algorithm=scafcom:K=%d,eta=%g,init=gradient" % (K, eta), "--up=topk:k=2", "--rounds=%d" % rounds] + options
digests = [truth.Run(common + start, ranks).attrs["digest"] for ranks in (1, 2)]
truth.report("one digest on 1 and 2 ranks", None if digests[0] == digests[1] else "two digests")
truth.finish()
