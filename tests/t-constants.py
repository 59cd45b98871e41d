#!/usr/bin/python3
"""laconic show --constants against eigenvalues from NumPy, closed forms, and what the constants bound.  TAP."""
import os, subprocess, sys
sys.dont_write_bytecode = True
import truth
from truth import laconic, mpiexec, ok

try:
    import numpy as np
    import h5py
except ImportError:
    truth.skip_all("no python3-h5py")

os.chdir(truth.folder.name)

def near(got, want, words, tolerance=1e-10):
    ok(abs(got - want) <= tolerance * abs(want), "%s (%.12g)" % (words, want))
    if not abs(got - want) <= tolerance * abs(want):
        print("#   have %.17g, want %.17g" % (got, want))

def text_of(options, ranks=1):
    run = subprocess.run(([mpiexec, "-n", str(ranks)] if ranks > 1 else []) + [laconic, "show", "--constants"] + options,
                         capture_output=True, text=True, timeout=300)
    if run.returncode:
        print("# " + run.stderr.strip())
    return run.stdout

def constants(*options):
    table = {}
    for line in text_of(list(options)).splitlines()[1:]:
        name, value = line[2:15].strip(), line[16:39].strip()
        table[name] = float(value) if value != "not known" else None
    return table

def norm(matrix):
    return abs(np.linalg.eigvalsh(matrix)).max()

def xi(alpha):
    return np.sqrt(1 - alpha) / (1 - np.sqrt(1 - alpha))

rng = np.random.default_rng(3)

# ---- quadratics: every constant is an eigenvalue ----

n, d = 7, 9
A = [M @ M.T / d - 0.3 * np.eye(d) for M in rng.normal(size=(n, d, d))]
for i in range(n):
    A[i][:, i] = A[i][i, :] = 0                      # client i does not know coordinate i
    np.savetxt("A%d" % i, A[i], fmt="%.17g")
    np.savetxt("b%d" % i, np.where(np.arange(d) == i, 0, rng.normal(size=d)), fmt="%.17g")
files = ["--problem=quadratic:matrix=A%d,vector=b%d", "--clients=%d" % n, "--up=topk:k=3"]
have, L = constants(*files, "--all"), [norm(M) for M in A]
mean, square = sum(A) / n, sum(M @ M for M in A) / n
near(have["L"], norm(mean), "quadratics: L")
for i in range(n):
    near(have["L_%d" % i], L[i], "quadratics: L_%d" % i)
near(have["L_am"], np.mean(L), "quadratics: L_am")
near(have["L_qm"], np.sqrt(np.mean(np.square(L))), "quadratics: L_qm")
near(have["L_var"], np.var(L), "quadratics: L_var", 1e-8)
near(have["L_plus"], np.sqrt(norm(square)), "quadratics: L_+")
near(have["L_pm"], np.sqrt(norm(square - mean @ mean)), "quadratics: L_+-")
ok(have["c"] == n and have["r"] == d - 1, "quadratics: c and r")
near(have["theory-rare"], 1 / (norm(mean) + np.sqrt(norm(square)) * xi(3 / d)), "quadratics: theory-rare at c = n")
near(have["theory-qm"], 1 / (norm(mean) + have["L_qm"] * xi(3 / d)), "quadratics: theory-qm")

same = constants("--problem=quadratic:hetero=0,d=150", "--clients=7")
ok(same["L_pm"] < 1e-7 * same["L"], "equal clients: L_+- is 0 (%.1e)" % same["L_pm"])

# ---- rows: few clients a feature ----

n, m, d = 12, 5, 30
X = np.zeros((n, m, d))
owners = [sorted(rng.choice(n, 3, replace=False)) for _ in range(d)]
for j in range(d):
    for i in owners[j]:
        X[i, :, j] = rng.normal(size=m) * np.exp(rng.normal())
X[[i for i in range(n) if i not in owners[0]][0], 2, 0] = 1e-10      # below the threshold: no feature
y = np.where(rng.random((n, m)) < 0.5, -1, 1)
with open("rows", "w") as f:
    for i in range(n):
        for r in range(m):
            f.write("%d %s\n" % (y[i, r], " ".join("%d:%r" % (j + 1, float(v)) for j, v in enumerate(X[i, r]) if v)))
most = max(sum(1 for j in range(d) if i in owners[j]) for i in range(n))
rows = ["--dataset=rows:d=%d" % d, "--clients=%d" % n, "--up=topk:k=1"]

have, H = constants("--problem=lsq", *rows), [M.T @ M / m for M in X]
near(have["L_plus"], np.sqrt(norm(sum(M @ M for M in H) / n)), "lsq: L_+")
ok(have["c"] == 3 and have["r"] == most, "lsq: c and r")
near(have["theory-rare"], 1 / (have["L"] + have["L_plus"] * xi(1 / d) * np.sqrt(3 / n)), "lsq: theory-rare")
near(have["theory-rare-r"], 1 / (have["L"] + have["L_plus"] * xi(1 / most) * np.sqrt(3 / n)), "lsq: theory-rare-r has alpha = k/r")
many = constants("--problem=lsq", *rows[:2], "--up=topk:k=%d" % (most + 1))
near(many["theory-rare-r"], many["theory-rare"], "lsq: k beyond r: alpha = k/d")
refused = subprocess.run([laconic, "run", "--problem=lsq", *rows[:2], "--up=sign", "--algorithm=ef21:gamma=theory-rare-r"],
                         capture_output=True, text=True)
ok(refused.returncode and "topk" in refused.stderr, "theory-rare-r with a compressor that spreads: %s" % refused.stderr.strip())
near(have["Lcal"], np.sqrt(np.mean([max((M * M).sum(1)) ** 2 for M in X]) / m), "lsq: rows alone")
twice = constants("--problem=lsq:scale=1/m", *rows)
near(twice["L_plus"], 2 * have["L_plus"], "lsq:scale=1/m doubles L_+")
near(twice["Lcal"], 2 * have["Lcal"], "... and the rows'")
near(constants("--problem=lsq:scale=1/2", *rows)["L"], m * have["L"], "lsq:scale=1/2 is m times as curved")

have = constants("--problem=logreg", *rows)
L = [norm(M) / 4 for M in H]
near(have["L_plus"], np.sqrt(norm(sum(l * M / 4 for l, M in zip(L, H)) / n)), "logreg: the bound of L_+")
ok(have["L"] <= have["L_plus"] <= min(have["L_qm"], np.sqrt(3 / n) * have["L_max"]) * (1 + 1e-12), "logreg: not above the known bounds")
def gradient(i, x):
    z = y[i] * (X[i] @ x)
    return -(X[i].T @ (y[i] / (1 + np.exp(z)))) / m
worst = 0
for _ in range(200):
    x = rng.normal(size=d) * np.exp(2 * rng.normal())
    step = rng.normal(size=d) * np.exp(2 * rng.normal()) * (rng.random(d) < 0.2)
    worst = max(worst, np.mean([((gradient(i, x) - gradient(i, x + step)) ** 2).sum() for i in range(n)]) / max((step ** 2).sum(), 1e-300))
ok(0.05 * have["L_plus"] < np.sqrt(worst) <= have["L_plus"],
   "logreg: L_+ bounds 200 pairs (%.3f of %.3f)" % (np.sqrt(worst), have["L_plus"]))
everywhere = constants("--problem=logreg:reg=nonconvex", *rows)
ok(everywhere["c"] == n and everywhere["r"] == d, "a regulariser over all coordinates: c = n, r = d")
touched = constants("--problem=logreg:reg=nonconvex,over=touched", *rows)
ok(touched["c"] == 3 and touched["r"] == most, "over=touched: c and r of the data")
near(touched["L_max"], max(L) + 0.2, "over=touched: L_max")
soft = constants("--problem=softmax", *rows)
near(soft["L_max"], 2 * max(L), "softmax: L_i is half the largest eigenvalue of A'A/m")
ok(soft["c"] == 3 and soft["r"] == 2 * most, "softmax: c and r")

# ---- generators ----

have = constants("--problem=quadratic:kind=isotropic,d=3", "--clients=10", "--all")
ok(all(abs(have["L_%d" % i] - (i + 1) ** 2 / 10) < 1e-13 for i in range(10)), "isotropic: L_i = i^2/n")
have = constants("--problem=lsq", "--dataset=spectral:d=8,outlier=0.1", "--clients=5", "--all")
near(have["L_0"], (0.9 * np.sqrt(20) + 1) ** 2, "spectral: the outlier")
ok(all(abs(have["L_%d" % i] - 0.81 * 20) < 1e-12 for i in range(1, 5)), "spectral: the other clients")
have = constants("--problem=lsq", "--dataset=spectral:d=500,share=0.05,rows=12", "--clients=100", "--up=topk:k=1")
ok(have["c"] == 5 and have["L_max"] < 20 + 1e-9, "spectral: c = share n")
ok(have["theory-rare"] > 5 * have["theory-am"], "rare features: a larger step (%.1f times)" % (have["theory-rare"] / have["theory-am"]))
for spread in 1, 0.1:
    have = constants("--problem=lsq", "--dataset=spectral:d=4,rows=6,high=100,spread=%g" % spread, "--clients=2000")
    near(np.sqrt(have["L_var"]), 100 * spread, "spectral: L_var = (spread high)^2", 0.1)
    near(have["L_am"], 100, "spectral: L_am = high", 0.1)
have = constants("--dataset=rows:d=%d" % d, "--problem=lsq", "--clients=%d" % n, "--split=contiguous:scale=0.3..3", "--all")
factor = 0.3 * 10 ** (np.arange(n) / (n - 1))
ok(all(abs(have["L_%d" % i] / (4 * L[i] * factor[i] ** 2) - 1) < 1e-10 for i in range(n)), "scale=0.3..3: L_i as the squared factors")

# ---- the same for everybody, and in results ----

options = ["--problem=lsq", "--dataset=spectral:d=40,share=0.3", "--clients=9", "--algorithm=ef21:gamma=theory-rare", "--up=topk:k=1"]
ok(text_of(options) == text_of(options, 2) != "", "the same on 1 and 2 ranks")
subprocess.run([laconic, "run", "-o", "whole.h5", "--rounds=30"] + options, check=True, capture_output=True)
part = [laconic, "run", "-o", "part.h5", "--rounds=30"] + options
subprocess.run(part + ["--pause=10"], capture_output=True)
subprocess.run(part + ["--resume"], check=True, capture_output=True)
with h5py.File("whole.h5") as whole, h5py.File("part.h5") as resumed:
    names = "L_plus", "rare_c", "rare_r", "ef21.gamma"
    ok(all(whole["config"].attrs[k] == resumed["config"].attrs[k] for k in names), "a resumed run knows its constants")
    ok(whole.attrs["digest"] == resumed.attrs["digest"], "... and ends with the same digest")
ok(text_of(["whole.h5"]) == text_of(options), "of a result, as of its options")
run = subprocess.run([laconic, "show", "--problem=lsq"], capture_output=True, text=True)
ok(run.returncode == 1 and "--constants" in run.stderr, "options of a run need --constants")

truth.finish()
