#!/usr/bin/python3
"""Sparse federated methods computed elsewhere, LACONIC_TRUTH/robust-gossip/fl: FLASC's trajectories and bits, SynFlow's masks, kept
weights and scores.  TAP."""
import glob, math, os, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

root = truth.find("robust-gossip/fl")
tolerance = 1e-9


def number(text):
    return "%.17g" % text


def far(ours, theirs):
    return not abs(ours - theirs) <= tolerance * (1 + abs(theirs))


# ---- FLASC: f = mean (x - c_i)'A_i(x - c_i)/2, A_i diagonal ----

def quadratic(rows):
    """Options, and the constant that the problem of matrix= and vector= leaves out."""
    clients = len(rows) // 2
    A, c = [[np.array(r[2:], float) for r in rows if r[1] == kind] for kind in ("curvature", "centre")]
    matrices = [" ".join(map(number, row)) for a in A for row in np.diag(a)]
    vectors = [" ".join(map(number, A[i] * c[i])) for i in range(clients)]
    constant = sum(np.dot(A[i] * c[i], c[i]) for i in range(clients)) / 2 / clients
    problem = "quadratic:matrix=%s,vector=%s" % (truth.write("A", matrices), truth.write("b", vectors))
    return ["--clients=%d" % clients, "--problem=" + problem], constant


def top(bits, d):
    """The compressor whose messages have so many bits: 64 for a value and, of some coordinates, ceil(log2 d) for an index."""
    each = 64 + math.ceil(math.log2(d))
    return "identity" if bits == 64 * d else "topk:k=%d,index=fixed" % (bits // each)


def flasc(problem, traj, ranks):
    options, constant = quadratic(truth.table(problem))
    head, *rows = truth.table(traj)
    p, (down, up) = head.index("p0"), (head.index("bits_%s_per_client" % way) for way in ("down", "up"))
    d, clients = len(head) - p, int(options[0].split("=")[1])
    options += ["--algorithm=flasc:K=3,eta=0.05,mu=0.9,server=adamw,eta_g=0.05,wd=0.01,beta1=0.9,beta2=0.999,eps=1e-8",
                "--x0=file:path=" + truth.write("p0", rows[0][p:]), "--eval=1", "--optimum=none",
                "--down=" + top(int(rows[0][down]), d), "--up=" + top(int(rows[0][up]), d)]
    for last in (len(rows) - 1, 1, 2, 7):
        run = truth.Run(options + ["--rounds=%d" % last], ranks)
        if run.error:
            return run.error
        if any(far(a, float(b)) for a, b in zip(run.x, rows[last][p:])):
            return "P after %d rounds differs by %.1e" % (last, max(abs(a - float(b)) for a, b in zip(run.x, rows[last][p:])))
        for t, row in enumerate(rows[:last + 1]):
            if far(run.trace["f"][t] + constant, float(row[1])):
                return "row %d: f is %.17g, not %s" % (t, run.trace["f"][t] + constant, row[1])
            sums = [clients * sum(int(r[way]) for r in rows[:t]) for way in (down, up)]
            if [run.trace["bits_down"][t], run.trace["bits_up"][t]] != sums:
                return "row %d: %d bits down and %d up, not %s" % (t, run.trace["bits_down"][t], run.trace["bits_up"][t], sums)
    return None


# ---- SynFlow ----

def matrices(name):
    found = []
    while os.path.exists("%s/%s%d.csv" % (root, name, len(found))):
        found.append(np.loadtxt("%s/%s%d.csv" % (root, name, len(found)), delimiter=",", ndmin=2))
    return found


def flat(layers):
    """With biases that are 0 behind every matrix, as mlp has them."""
    return np.concatenate([np.concatenate([W.ravel(), np.zeros(len(W))]) for W in layers])


def network(tag, W):
    features, classes = W[0].shape[1], len(W[-1])
    data = truth.write_rows(tag, [(k, [number(1 + j + k) for j in range(features)]) for k in range(classes)])
    problem = "mlp:hidden=%s" % "x".join(str(len(w)) for w in W[:-1]) if len(W) > 1 else "softmax"
    return ["--problem=" + problem, "--dataset=%s:d=%d" % (data, features), "--clients=1", "--rounds=1", "--optimum=none",
            "--x0=file:path=" + truth.write(tag + "_x0", map(number, flat(W)))]


def masks(tag):
    """Where the weights of hidenseek are not 0, after a step that is too small to turn a sign."""
    W, M = matrices(tag + "_W"), matrices(tag + "_mask")
    kept = [int(r[3]) for r in truth.table("%s/%s_R.csv" % (root, tag))[1:]]
    count = sum(w.size for w in W)
    rounded = (round(kept[-1] / count, places) for places in range(1, 17))
    density = next((q for q in rounded if [round(count * q ** (t / len(kept))) for t in range(1, len(kept) + 1)] == kept), None)
    if density is None:
        return "no density gives the numbers of the table"
    for magnitude in ("start", "layer"):
        run = truth.Run(network(tag, W) + ["--algorithm=hidenseek:density=%r,prunings=%d,eta=1e-9,magnitude=%s" %
                                           (density, len(kept), magnitude)])
        if run.error:
            return run.error
        if not np.array_equal(run.x != 0, flat(M) != 0):
            return "magnitude=%s: another mask in %d places" % (magnitude, np.sum((run.x != 0) != (flat(M) != 0)))
        if magnitude == "start" and not np.array_equal(run.x, flat(W) * flat(M)):
            return "the weights that are kept are not those of the start"
        if run.trace["bits_up"][1] != kept[-1]:
            return "%d bits for %d weights" % (run.trace["bits_up"][1], kept[-1])
    return None


for problem in sorted(glob.glob(root + "/flasc*_problem.csv")):
    name = os.path.basename(problem)[:-len("_problem.csv")]
    for ranks in (1, 2):
        truth.report("%s, %d ranks" % (name, ranks), flasc(problem, problem.replace("_problem", "_traj"), ranks))
for table in sorted(glob.glob(root + "/synflow*_R.csv")):
    name = os.path.basename(table)[:-len("_R.csv")]
    truth.report(name + ", masks", masks(name))
truth.finish()
