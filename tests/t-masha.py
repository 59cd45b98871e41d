#!/usr/bin/python3
"""Methods for saddle points against NumPy, step by step and bit by bit: descent, extragradient and the MASHA family, compressed both ways,
with batches, some clients, random choices from tables; the Lyapunov inequality of MASHA1, over all outcomes of a round; Perm-K with equal
operators; the same bits on any number of ranks and after a pause.  TAP."""
import itertools, os, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

n, h, rounds, lam = 4, 6, 25, 0.3
d = 2 * h
source = np.random.RandomState(11)


def write(name, rows):
    return truth.write(name, [" ".join("%.17g" % v for v in np.ravel(row)) for row in rows])


def table(name, head, rows):
    return truth.write(name + ".csv", [head] + [",".join(map(str, row)) for row in rows])


class Game:
    """F_m(z) = (A_m v + a_m + lam u, -A_m'u - b_m + lam v), and how laconic is told of it."""

    def __init__(self, name, clients=n, half=h):
        self.A = source.standard_normal((clients, half, half)) + 2 * np.eye(half)
        self.ab = source.standard_normal((clients, 2 * half))
        self.n, self.h = clients, half
        self.options = ["--problem=bilinear:lambda=%r,matrix=%s,vector=%s" % (lam, write(name + "A", self.A), write(name + "b", self.ab)),
                        "--clients=%d" % clients]
        K = np.zeros((2 * half, 2 * half))
        K[:half, half:], K[half:, :half] = self.A.mean(0), -self.A.mean(0).T
        self.z_star = np.linalg.solve(K + lam * np.eye(2 * half),
                                      np.concatenate([-self.ab.mean(0)[:half], self.ab.mean(0)[half:]]))
        self.L_m = np.sqrt(lam ** 2 + np.array([np.linalg.norm(A, 2) for A in self.A]) ** 2)
        self.L = np.sqrt(lam ** 2 + np.linalg.norm(self.A.mean(0), 2) ** 2)

    def F_m(self, m, z, rows=None):
        u, v = z[:self.h], z[self.h:]
        a, b = self.ab[m][:self.h], self.ab[m][self.h:]
        return np.concatenate([self.A[m] @ v + a + lam * u, -(self.A[m].T @ u) - b + lam * v])


class Squares:
    """Least squares of a few rows a client, F_m the gradient of (1/2r) sum (a.x - y)^2 + lam/2 |x|^2; a batch is a list of rows."""

    def __init__(self, clients=n, rows=6, features=d):
        self.X, self.y = source.standard_normal((clients, rows, features)), source.standard_normal((clients, rows))
        self.n, self.rows = clients, rows
        lines = [("%.17g" % self.y[m, r], ["%.17g" % v for v in self.X[m, r]]) for m in range(clients) for r in range(rows)]
        self.options = ["--problem=lsq:lambda=%r" % lam, "--dataset=%s:d=%d" % (truth.write_rows("squares", lines), features),
                        "--clients=%d" % clients]

    def F_m(self, m, z, rows=None):
        rows = range(self.rows) if rows is None else rows
        return np.mean([self.X[m, r] * (self.X[m, r] @ z - self.y[m, r]) for r in rows], axis=0) + lam * z


game, squares = Game("game"), Squares()

# ---- tables of choices ----

k, k_serv, few = 3, 5, 3
coins = [int(source.rand() < 0.4) for _ in range(rounds)]
coins[3] = coins[4] = 1
masks = {at: sorted(source.permutation(d)[:k]) for at in itertools.product(range(rounds), range(n), (0, 1))}
serv = [sorted(source.permutation(d)[:k_serv]) for _ in range(rounds)]
perms = [source.permutation(d) for _ in range(rounds)]
samples = [sorted(source.permutation(n)[:few]) for _ in range(rounds)]
batches = {at: sorted(source.permutation(6)[:2]) for at in itertools.product(range(rounds), range(n))}
of_coin = ["--replay.coin=" + table("coins", "round,coin", enumerate(coins))]
of_masks = ["--replay.noise=" + table("masks", "round,client," + ",".join("j%d" % j for j in range(k)),
                                      [(t, m, *masks[t, m, 0]) for t in range(rounds) for m in range(n)])]
of_both = ["--replay.noise=" + table("both", "round,client,phase," + ",".join("j%d" % j for j in range(k)),
                                     [(*at, *mask) for at, mask in masks.items()])]
of_serv = ["--replay.down=" + table("serv", "round," + ",".join("j%d" % j for j in range(k_serv)), [(t, *s) for t, s in enumerate(serv)])]
of_perms = ["--replay.noise=" + table("perms", "round," + ",".join("p%d" % j for j in range(d)), [(t, *p) for t, p in enumerate(perms)])]
of_sample = ["--sample=uniform:s=%d" % few, "--replay.sample=" + table("sample", "round," + ",".join("c%d" % j for j in range(few)),
                                                                       [(t, *s) for t, s in enumerate(samples)])]
of_batch = ["--batch=2", "--replay.batch=" + table("batch", "round,client,r0,r1", [(*at, *rows) for at, rows in batches.items()])]

# ---- compressors: value and bits ----

full = 64 * d


def identity(v, t, m):
    return v, full


def rand(phase=0):
    def compress(v, t, m):
        out = np.zeros(d)
        out[masks[t, m, phase]] = d / k * v[masks[t, m, phase]]
        return out, 64 * k
    return compress


def rand_serv(v, t):
    out = np.zeros(d)
    out[serv[t]] = d / k_serv * v[serv[t]]
    return out, 64 * k_serv


def perm(v, t, m):
    out, q = np.zeros(d), d // n
    mine = perms[t][q * m:q * (m + 1)]
    out[mine] = n * v[mine]
    return out, 64 * q


def top(count, v):
    out, keep = np.zeros(d), np.argsort(-abs(v), kind="stable")[:count]
    out[keep] = v[keep]
    return out


# ---- the methods; each returns its points and (bits up, bits down) of all clients, a row a round ----

class Course:
    def __init__(self):
        self.z, self.bits, self.up, self.down = [np.zeros(d)], [(0, 0)], 0, 0

    def close(self, z):
        self.z.append(z)
        self.bits.append((self.up, self.down))


def qgd(p, gamma, compress):
    c = Course()
    for t in range(rounds):
        sent = [compress(p.F_m(m, c.z[-1]), t, m) for m in range(n)]
        c.up, c.down = c.up + sum(s[1] for s in sent), c.down + n * full
        c.close(c.z[-1] - gamma * np.mean([s[0] for s in sent], axis=0))
    return c


def extragradient(p, gamma, first, second):
    c = Course()
    for t in range(rounds):
        at = z = c.z[-1]
        for compress in (first, second):
            sent = [compress(p.F_m(m, at), t, m) for m in range(n)]
            c.up, c.down = c.up + sum(s[1] for s in sent), c.down + n * full
            at = z - gamma * np.mean([s[0] for s in sent], axis=0)
        c.close(at)
    return c


def masha(p, gamma, tau, compress, compress_serv=None, who=None, rows=None, feedback=False):
    """Both: with feedback MASHA2.  compress None: Top-k, whose messages are not counted here."""
    c, w, e, e_serv = Course(), np.zeros(d), np.zeros((n, d)), np.zeros(d)
    F_w = np.array([p.F_m(m, w) for m in range(n)])
    c.up, c.down = n * full, n * full
    for t in range(rounds):
        z, awake = c.z[-1], range(n) if who is None else who[t]
        half = tau * z + (1 - tau) * w - gamma * F_w.mean(0)
        total = np.zeros(d)
        for m in awake:
            take = rows and rows[t, m]
            want = p.F_m(m, half, take) - (p.F_m(m, w, take) if rows else F_w[m])
            if feedback:
                want = gamma * want + e[m]
                sent, size = compress(want, t, m) if compress else (top(k, want), 0)
                e[m] = want - sent
            else:
                sent, size = compress(want, t, m)
            total, c.up = total + sent, c.up + size
        g, size = total / len(awake), full
        if compress_serv == "top":
            want = g + e_serv
            g, size = top(k_serv, want), 0
            e_serv = want - g
        elif compress_serv:
            g, size = compress_serv(g, t)
        c.down += n * (size + 1)
        new = half - (1 if feedback else gamma) * g
        if coins[t]:
            w = z
            F_w = np.array([p.F_m(m, w) for m in range(n)])
            c.up, c.down = c.up + n * full, c.down + n * full
        c.close(new)
    return c


def optimistic(p, eta, gamma, alpha, compress):
    c, w, w_old, z_old = Course(), np.zeros(d), np.zeros(d), np.zeros(d)
    c.up, c.down = n * full, n * full
    for t in range(rounds):
        z = c.z[-1]
        sent = [compress(p.F_m(m, z) - p.F_m(m, w_old) + alpha * (p.F_m(m, z) - p.F_m(m, z_old)), t, m) for m in range(n)]
        Delta = np.mean([s[0] for s in sent], axis=0) + np.mean([p.F_m(m, w_old) for m in range(n)], axis=0)
        c.up, c.down = c.up + sum(s[1] for s in sent), c.down + n * (full + 1)
        new = z + gamma * (w - z) - eta * Delta
        w_old, z_old = w, z
        if coins[t]:
            w = z
            c.up, c.down = c.up + n * full, c.down + n * full
        c.close(new)
    return c


def pillars(p, gamma, eta, tau, H, compress):
    c, ref = Course(), np.zeros(d)
    c.up, c.down = n * full, n * 2 * full
    for t in range(rounds):
        z = u = c.z[-1]
        F_ref = np.array([p.F_m(m, ref) for m in range(n)])

        def G(u):
            return p.F_m(0, u) - F_ref[0] + F_ref.mean(0) + (u - z - tau * (ref - z)) / gamma
        for _ in range(H):
            u = u - eta * G(u - eta * G(u))
        sent = [compress(F_ref[m] - F_ref[0] - p.F_m(m, u) + p.F_m(0, u), t, m) for m in range(n)]
        c.up, c.down = c.up + 2 * full + sum(s[1] for s in sent), c.down + n * (2 * full + full + 1)
        new = u + gamma * np.mean([s[0] for s in sent], axis=0)
        if coins[t]:
            ref = z
            c.up, c.down = c.up + n * full, c.down + n * 2 * full
        c.close(new)
    return c


# ---- laconic's points are compared through |z - z*|^2 of every row and the last point ----

def differs(p, options, course, bits=True):
    run = truth.Run(p.options + options + ["--rounds=%d" % rounds, "--eval=1"])
    if run.error:
        return run.error
    for t, (z, (up, down)) in enumerate(zip(course.z, course.bits)):
        F = np.mean([p.F_m(m, z) for m in range(n)], axis=0)
        if not abs(run.trace["grad_norm_sq"][t] - F @ F) <= 1e-11 * max(1, F @ F):
            return "row %d: |F|^2 is %.17g, not %.17g" % (t, run.trace["grad_norm_sq"][t], F @ F)
        ours = int(run.trace["bits_up"][t]), int(run.trace["bits_down"][t])
        if bits and ours != (up, down):
            return "row %d: %d bits up and %d down, not %d and %d" % (t, *ours, up, down)
    gap = max(abs(run.x - course.z[-1]))
    return None if gap <= 1e-11 * max(1, max(abs(course.z[-1]))) else "the last point differs by %.1e" % gap


tau, gamma = 0.7, 0.05
step = "gamma=%r,tau=%r" % (gamma, tau)
up, down = ["--up=randk:k=%d" % k], ["--down=randk:k=%d" % k_serv]
tops = ["--up=topk:k=%d" % k, "--down=topk:k=%d" % k_serv]
trajectories = [
    ("qgd", game, ["--algorithm=qgd:gamma=0.02"] + up + of_masks, lambda: qgd(game, 0.02, rand()), True),
    ("ceg: each exchange has masks of its own", game, ["--algorithm=ceg:gamma=0.02"] + up + of_both,
     lambda: extragradient(game, 0.02, rand(0), rand(1)), True),
    ("extragradient", game, ["--algorithm=extragradient:gamma=0.05"], lambda: extragradient(game, 0.05, identity, identity), True),
    ("masha1", game, ["--algorithm=masha1:" + step] + of_coin, lambda: masha(game, gamma, tau, identity), True),
    ("masha1, randk both ways", game, ["--algorithm=masha1:" + step] + up + down + of_coin + of_masks + of_serv,
     lambda: masha(game, gamma, tau, rand(), rand_serv), True),
    ("masha1, permk", game, ["--algorithm=masha1:" + step, "--up=permk"] + of_coin + of_perms,
     lambda: masha(game, gamma, tau, perm), True),
    ("masha1, some clients", game, ["--algorithm=masha1:" + step] + up + of_coin + of_masks + of_sample,
     lambda: masha(game, gamma, tau, rand(), who=samples), True),
    ("masha2", game, ["--algorithm=masha2:" + step] + of_coin, lambda: masha(game, gamma, tau, identity, feedback=True), True),
    ("masha2, topk both ways", game, ["--algorithm=masha2:" + step] + tops + of_coin,
     lambda: masha(game, gamma, tau, None, "top", feedback=True), False),
    ("masha2, some clients", game, ["--algorithm=masha2:" + step] + tops + of_coin + of_sample,
     lambda: masha(game, gamma, tau, None, "top", who=samples, feedback=True), False),
    ("vr_masha1", squares, ["--algorithm=vr_masha1:" + step] + up + of_coin + of_masks + of_batch,
     lambda: masha(squares, gamma, tau, rand(), rows=batches), True),
    ("vr_masha1, some clients", squares, ["--algorithm=vr_masha1:" + step] + up + of_coin + of_masks + of_batch + of_sample,
     lambda: masha(squares, gamma, tau, rand(), who=samples, rows=batches), True),
    ("vr_masha2", squares, ["--algorithm=vr_masha2:" + step] + tops + of_coin + of_batch,
     lambda: masha(squares, gamma, tau, None, "top", rows=batches, feedback=True), False),
    ("optimistic_masha, permk", game, ["--algorithm=optimistic_masha:eta=0.05,gamma=0.3,alpha=0.6", "--up=permk"] + of_coin + of_perms,
     lambda: optimistic(game, 0.05, 0.3, 0.6, perm), True),
    ("optimistic_masha, randk", game, ["--algorithm=optimistic_masha:eta=0.02,gamma=0.3,alpha=0.6"] + up + of_coin + of_masks,
     lambda: optimistic(game, 0.02, 0.3, 0.6, rand()), True),
    ("three_pillars, permk", game, ["--algorithm=three_pillars:gamma=0.1,eta=0.05,p=0.4,tau=0.3,H=4", "--up=permk"] + of_coin + of_perms,
     lambda: pillars(game, 0.1, 0.05, 0.3, 4, perm), True),
]
for words, p, options, course, bits in trajectories:
    words += ": the points%s of NumPy" % (" and bits" if bits else "")
    if truth.pattern in words:
        truth.report(words, differs(p, options, course(), bits))
if truth.pattern:      # that of a wrong method, tests/mutants
    truth.finish()


# ---- MASHA1: E V_{k+1} <= (1 - gamma mu/2) V_k, V = |z-z*|^2 + |w-z*|^2, over all masks and both coins of a round ----

def lyapunov():
    """From two points on a course, laconic makes every outcome of the next round; its own step of theory."""
    p, tau, taken = Game("small", 2, 1), 0.6, 3
    omega, small = 1, 2      # Rand-1 of 2 coordinates
    C = np.sqrt(p.L ** 2 + omega * np.mean(p.L_m ** 2) / 2)
    gamma = min(tau / lam, (1 - tau) / (2 * lam), np.sqrt((1 - tau) / 2) / C)
    worst = 0
    for course in range(2):
        past = source.randint(0, 2, (taken, 2)), [1, 0, 0] if course else [0, 1, 0]
        V, w = [], None
        for masks in itertools.product(range(small), repeat=2):
            for coin in (0, 1):
                chosen = [*past[0], masks]
                run = truth.Run(p.options + [
                    "--algorithm=masha1:tau=%r" % tau, "--up=randk:k=1", "--rounds=%d" % (taken + 1), "--x0=normal",
                    "--replay.noise=" + table("m", "round,client,j", [(t, m, c[m]) for t, c in enumerate(chosen) for m in range(2)]),
                    "--replay.coin=" + table("c", "round,coin", enumerate([*past[1], coin]))])
                if run.error:
                    return run.error
                D = run.trace["dist_sq"]
                at = max(t for t in range(taken) if past[1][t])      # w is the point before the last coin
                before = D[taken] + D[at]
                V.append((tau if coin == 0 else 1 - tau) / small ** 2 * (D[taken + 1] + (D[taken] if coin else D[at])))
        worst = max(worst, sum(V) / ((1 - gamma * lam / 2) * before))
        if abs(run.config["masha1.gamma"] - gamma) > 1e-9 * gamma:
            return "gamma=theory is %.17g, not %.17g" % (run.config["masha1.gamma"], gamma)
    return None if 0.2 < worst <= 1 else "E V is %.3f times its bound" % worst


truth.report("masha1: the Lyapunov inequality holds in expectation, round by round", lyapunov())

# ---- Perm-K with equal operators loses nothing ----

equal = ["--problem=bilinear:half=6,matrices=common,hetero=0,lambda=0.3", "--clients=4", "--rounds=200", "--x0=normal"]
for method in ("masha1:gamma=0.05", "vr_masha1:gamma=0.05", "optimistic_masha:eta=0.05,gamma=0.3", "three_pillars:gamma=0.1,p=0.3"):
    a, b = (truth.Run(equal + ["--algorithm=" + method, "--up=" + compressor]) for compressor in ("identity", "permk"))
    why = a.error or b.error
    D = not why and max(abs(a.trace["grad_norm_sq"] - b.trace["grad_norm_sq"])) / a.trace["grad_norm_sq"][0]
    truth.report("%s: with equal operators permk is identity" % method.split(":")[0],
                 why or (None if D <= 1e-12 else "|F|^2 differs by %.1e" % D))

# ---- MASHA1(I) = MASHA2(I) ----

a, b = (truth.Run(game.options + ["--algorithm=%s:gamma=0.05" % m, "--rounds=300", "--x0=normal"]) for m in ("masha1", "masha2"))
gap = max(abs(a.x - b.x)) / max(abs(a.x))
truth.ok(gap <= 1e-13, "masha1 is masha2 without compression: %.1e" % gap)

# ---- placement, and a pause ----

placed = [(words, p.options + [o for o in options if not o.startswith("--replay")] + ["--rounds=20"])
          for words, p, options, course, bits in trajectories
          if any(name in words for name in ("some clients", "vr_", "both ways", "permk", "ceg"))]
on_ranks = [truth.runs([options for words, options in placed], ranks) for ranks in (1, 2, 3)]
for (words, options), *runs in zip(placed, *on_ranks):
    digests, out = {r.error or str(r.attrs["digest"]) for r in runs}, truth.scratch("paused.h5")
    paused = truth.command(["run", *options, "-o", out, "--force", "--pause=7"])
    resumed = truth.command(["run", "--resume", *options, "-o", out], 2 if "permk" in words else 1)
    with truth.h5py.File(out) as file:
        digests.add(str(file.attrs["digest"]))
    if paused.returncode != 75 or resumed.returncode != 0:
        digests.add(paused.stderr + resumed.stderr)
    truth.ok(len(digests) == 1, "%s: the same bits on 1, 2 and 3 ranks, and with a pause: %s" % (words, " ".join(digests)))

# ---- what is refused ----

for words, options, sentence in (
        ("masha1 with a biased compressor", ["--algorithm=masha1", "--up=topk:k=2"],
         "--algorithm: masha1 needs an unbiased compressor (one with omega), such as randk; masha2 takes biased ones"),
        ("masha1 with a batch", ["--problem=lsq", "--algorithm=masha1", "--batch=3"],
         "--batch: masha1 takes gradients of all rows: it asks for them at w, too, which is another round's; vr_masha1 draws rows; leave "
         "--batch out"),
        ("masha2 with lost messages", ["--algorithm=masha2", "--dropout=0.1"],
         "--dropout: masha2 needs every message to arrive: e_m keeps what its messages did not hold, and supposes that they arrive and "
         "count alike; leave --dropout out"),
        ("compressed extragradient and theory", ["--algorithm=ceg", "--up=randk:k=2"],
         "ceg: step size theory: there is no theory for compressed extragradient; give gamma=NUMBER"),
        ("ef_gd and theory", ["--algorithm=ef_gd", "--up=topk:k=2"],
         "ef_gd: step size theory: there is no theory for error feedback on saddle points; give gamma=NUMBER"),
        ("masha1 of some clients and theory", ["--algorithm=masha1", "--sample=uniform:s=2"],
         "masha1: step size theory: there is no theory for some clients at a time; give gamma=NUMBER, or leave --sample and --dropout out"),
        ("a probability of 1", ["--algorithm=optimistic_masha:gamma=1", "--up=permk"],
         "optimistic_masha: gamma=1 is no probability below 1; give a number in (0,1), or theory"),
        ("a spread of own matrices", ["--problem=bilinear:spread=1", "--algorithm=masha1"],
         "--problem=bilinear: spread is about clients that share a matrix; add matrices=common or centred, or leave it out")):
    problem = [] if any("problem" in o for o in options) else ["--problem=bilinear"]
    done = truth.command(["run", *problem, *options, "-o", truth.scratch("x.h5")])
    truth.ok(done.returncode == 1 and done.stderr == "laconic: %s\n" % sentence, words + " is refused", ": " + done.stderr.strip())

truth.finish()
