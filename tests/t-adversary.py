#!/usr/bin/python3
"""mlp with an adversary against NumPy: objective, gradient, robust rows; on 1 to 3 ranks, paused, without epsilon, refused.  TAP."""
import csv, os, shutil, sys
sys.dont_write_bytecode = True
import truth
from truth import Run, command, ok, report

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

os.chdir(truth.folder.name)
source = np.random.RandomState(5)
CLASSES = 3


def draw(name, rows, features, density):
    """Rows within [0,1], more than fit into a block; the file `name` has them."""
    A = source.rand(rows, features) * (source.rand(rows, features) < density)
    A[0, -1] = 1      # the last feature exists
    y = np.concatenate([np.arange(CLASSES), source.randint(0, CLASSES, rows - CLASSES)])
    A[:, :CLASSES] += 0.3 * (1 - A[:, :CLASSES]) * np.eye(CLASSES)[y] * (A[:, :CLASSES] > 0)
    truth.write_rows(name, [(str(label), ["%.17g" % v for v in row]) for row, label in zip(A, y)])
    return A, y


# ---- the network and its adversary ----

phis = {"tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2), "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0)}


class Net:
    def __init__(self, features, hidden, phi):
        self.widths, (self.phi, self.slope) = [features, *hidden, CLASSES], phis[phi]
        self.d = sum(width * (before + 1) for before, width in zip(self.widths, self.widths[1:]))

    def layers(self, x):
        at, all = 0, []
        for before, width in zip(self.widths, self.widths[1:]):
            all.append((x[at:at + before * width].reshape(width, before), x[at + before * width:at + (before + 1) * width]))
            at += (before + 1) * width
        return all

    def pass_both_ways(self, x, A, y):
        """Losses of the rows, their classes, and the gradients of the sum of losses, by x and by the rows."""
        inputs, slopes, layers = [A], [], self.layers(x)
        for l, (W, b) in enumerate(layers):
            Z = inputs[-1] @ W.T + b
            slopes.append(self.slope(Z))
            inputs.append(self.phi(Z))
        P = np.exp(Z - Z.max(axis=1, keepdims=True))
        P /= P.sum(axis=1, keepdims=True)
        loss, D, parts = -np.log(P[np.arange(len(y)), y]), P - np.eye(CLASSES)[y], []
        for l in reversed(range(len(layers))):
            parts = [(D.T @ inputs[l]).ravel(), D.sum(axis=0)] + parts
            D = D @ layers[l][0] * (slopes[l - 1] if l else 1)
        return loss, Z.argmax(axis=1), np.concatenate(parts), D

    def attack(self, x, A, y, epsilon, steps, clip):
        """Every point of the attack, the rows themselves first."""
        points = [A]
        for _ in range(steps):
            to = points[-1] + 2.5 * epsilon / steps * np.sign(self.pass_both_ways(x, points[-1], y)[3])
            to = np.clip(to, A - epsilon, A + epsilon)
            points.append(np.clip(to, 0, 1) if clip == "unit" else to)
        return points


# ---- against it ----

def mean_gradient(net, x, A, y, *adversary):
    loss, _, g, _ = net.pass_both_ways(x, net.attack(x, A, y, *adversary)[-1], y)
    return loss.mean(), g / len(y)


def robust_rows(net, x, A, y, *adversary):
    return np.sum(np.all([net.pass_both_ways(x, point, y)[1] == y for point in net.attack(x, A, y, *adversary)], axis=0))


def gap(a, b):
    return np.abs(a - b).max() / np.abs(b).max()


cases = [      # hidden, activation, density, epsilon, ascent, attack, clip, lambda
    ("6", "tanh", 1, 0.1, 3, 20, "none", 0),
    ("7x5", "relu", 1, 0.2, 1, 1, "unit", 0),
    ("6x4x5", "tanh", 1, 0.05, 10, 7, "unit", 0.1),
    ("6", "relu", 0.2, 0.1, 3, 20, "unit", 0),
    ("7x5", "tanh", 0.2, 0.1, 4, 5, "none", 0.1),
    ("6", "tanh", 1, 0.1, 0, 20, "none", 0),
]
for hidden, phi, density, epsilon, ascent, attack, clip, weight in cases:
    train, test = draw("train", 350, 12, density), draw("test", 301, 12, density)
    net = Net(12, [int(h) for h in hidden.split("x")], phi)
    x = source.standard_normal(net.d)
    truth.write("x0", ["%.17g" % v for v in x])
    loss, g = mean_gradient(net, x, *train, epsilon, ascent, clip)
    plain, clean = net.pass_both_ways(x, *test)[:2]
    robust, right = robust_rows(net, x, *test, epsilon, attack, clip), np.sum(clean == test[1])
    loss += weight / 2 * x @ x
    g += weight * x
    for real, close in (("f64", 1e-9), ("f32", 2e-3)):
        spec = "mlp:hidden=%s,activation=%s,lambda=%g,epsilon=%g,ascent=%d,attack=%d,clip=%s,real=%s" % (
            hidden, phi, weight, epsilon, ascent, attack, clip, real)
        run = Run(["--problem=" + spec, "--dataset=train", "--test-dataset=test", "--clients=1", "--rounds=1", "--x0=file:path=x0",
                   "--algorithm=gd:gamma=1"])
        found = run.error or [abs(run.trace["f"][0] / loss - 1), gap(x - run.x, g), abs(run.trace["test_loss"][0] / plain.mean() - 1)]
        report("%s, density %g" % (spec, density), run.error or
               (None if max(found) <= close else "f, gradient, test loss are off by %s" % found))
        if real == "f64":
            counts = run.error or [run.trace[name][0] * 301 for name in ("test_accuracy", "test_robust_accuracy")]
            ok(not run.error and np.allclose(counts, [right, robust], 0, 1e-9) and 0 < robust < right,
               "  %d of 301 test rows right, %d robust" % (right, robust))
        else:
            ok(not run.error and abs(run.trace["test_robust_accuracy"][0] * 301 - robust) <= 3, "  nearly as many robust")

# Rows of a batch.
chosen = [3, 349, 17, 0, 200]
truth.write("batch", ["round,client," + ",".join("r%d" % k for k in range(5))] + ["%d,0,3,349,17,0,200" % t for t in (0, 1)])
for density in (1, 0.2):
    A, y = draw("train", 350, 12, density)
    net = Net(12, [6], "tanh")
    x = source.standard_normal(net.d)
    truth.write("x0", ["%.17g" % v for v in x])
    run = Run(["--problem=mlp:hidden=6,epsilon=0.1", "--dataset=train", "--clients=1", "--rounds=1", "--x0=file:path=x0",
               "--algorithm=gd:gamma=1", "--batch=5", "--replay.batch=batch"])
    off = run.error or gap(x - run.x, mean_gradient(net, x, A[chosen], y[chosen], 0.1, 3, "none")[1])
    report("a batch of five rows, density %g" % density, run.error or (None if off <= 1e-9 else "off by %g" % off))


# ---- of a whole run ----

draw("train", 120, 12, 1), draw("test", 31, 12, 1), draw("thin", 120, 12, 0.2)
base = ["--dataset=train", "--test-dataset=test", "--clients=5", "--rounds=6", "--algorithm=fedavg:eta=0.3,K=4", "--batch=6", "--x0=glorot",
        "--sample=uniform:s=3"]


def on(spec, ranks=1, options=base):
    return Run(["--problem=mlp:hidden=8" + spec, *options], ranks)


def digest(run): return run.error or run.attrs["digest"]


for spec, options in ((",epsilon=0.1", base), (",epsilon=0.1,clip=unit,real=f32", base), (",epsilon=0.1", ["--dataset=thin", *base[1:]])):
    words = "the same digest on 2 and 3 ranks: mlp:hidden=8%s, %s" % (spec, options[0])
    if shutil.which(truth.mpiexec):
        runs = [on(spec, ranks, options) for ranks in (1, 2, 3)]
        report(words, next((run.error for run in runs if run.error), None) or
               (None if len({digest(run) for run in runs}) == 1 and len(set(runs[0].trace["test_robust_accuracy"])) > 1 else "it differs"))
    else:
        truth.skip(words, "no " + truth.mpiexec)

plain, none, only_attack = on(""), on(",epsilon=0,ascent=7,attack=9,clip=unit"), on(",epsilon=0.1,ascent=0")
ok(not plain.error and digest(none) == digest(plain), "epsilon=0 changes no bit")
ok(not plain.error and not only_attack.error and set(only_attack.trace) - set(plain.trace) == {"test_robust_accuracy"} and
   all(np.array_equal(plain.trace[name], only_attack.trace[name]) for name in plain.trace), "ascent=0 trains as without an adversary")
other = on(",epsilon=0.1", 1, [o for o in base if "test" not in o])
ok(not other.error and "test_robust_accuracy" not in other.trace, "no test set, no column")

words = ["run", "--problem=mlp:hidden=8,epsilon=0.1", *base, "-o", "r.h5"]
paused, resumed = command(words + ["--pause=3"]), command(words + ["--resume=yes"])
ok(paused.returncode == 75 and resumed.returncode == 0 and digest(on(",epsilon=0.1")) in resumed.stdout, "paused and resumed")

lost = command(["run", "--problem=mlp:hidden=8,epsilon=0.1,activation=relu", *base[:3], "--rounds=9", "--algorithm=gd:gamma=1e200",
                "--x0=glorot", "-o", "d.h5"])
shown = command(["table", "d.h5", "--csv", "--metric=last(test_robust_accuracy)"]).stdout
counted = [row["last(test_robust_accuracy)"] for row in csv.DictReader(shown.splitlines())]
ok("diverged" in lost.stdout and counted == ["0"], "a run that diverged counts as 0", "" if counted == ["0"] else ": %s" % counted)
high = on(",epsilon=0.1").trace["test_robust_accuracy"]
stopped = on(",epsilon=0.1", 1, base + ["--stop=test_robust_accuracy:%.17g" % high.max()])
ok(not stopped.error and stopped.attrs["reason"] == "converged" and len(stopped.trace["round"]) == high.argmax() + 1,
   "--stop ends where it rises to the level")


# ---- refused ----

def refused(words, spec, *parts, options=base):
    run = on(spec, 1, options)
    ok(run.error and all(part in run.error for part in parts) and "\n" not in run.error, "refused: " + words,
       "" if run.error else ": it runs")


refused("a negative radius", ",epsilon=-0.1", "epsilon", ">=0")
refused("a radius that is no number", ",epsilon=some", "epsilon", "some")
refused("too many steps", ",epsilon=0.1,ascent=1001", "ascent", "1000")
refused("an attack of no steps", ",epsilon=0.1,attack=0", "attack")
refused("another range", ",epsilon=0.1,clip=[0,1]", "clip")
refused("normalised features, clipped", ",epsilon=0.1,clip=unit", "clip", "none", "train",
        options=["--dataset=train:normalise=standard", *base[1:]])
truth.write("wide", ["0 1:0.5", "1 2:1.5"])
refused("test rows beyond the range", ",epsilon=0.1,clip=unit", "clip", "wide", "1.5", options=[base[0], "--test-dataset=wide", *base[2:]])
ok(not on(",epsilon=0.1", 1, [base[0], "--test-dataset=wide", *base[2:]]).error, "the remedy that it names works")
truth.finish()
