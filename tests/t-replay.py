#!/usr/bin/python3
"""Random choices replayed from tables: a row serves one draw of a client, an exchange and a step, as NumPy does it with the same table;
tables that do not say which draw they mean, and malformed ones, are refused in one sentence.  TAP."""
import itertools, os, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

n, d, rows, rounds, K = 3, 4, 6, 4, 3
source = np.random.RandomState(3)
A, y, x0 = source.standard_normal((n, rows, d)), source.standard_normal((n, rows)), source.standard_normal(d)


def grad(i, x, take=None):
    take = range(rows) if take is None else take
    return np.mean([A[i, r] * (A[i, r] @ x - y[i, r]) for r in take], axis=0)


data = truth.write_rows("replay.libsvm", [("%.17g" % y[i, r], ["%.17g" % v for v in A[i, r]]) for i in range(n) for r in range(rows)])
common = ["--problem=lsq", "--dataset=%s:d=%d" % (data, d), "--clients=%d" % n, "--rounds=%d" % rounds,
          "--x0=file:path=" + truth.write("replay.x0", ["%.17g" % v for v in x0])]


def choices(of, k, *shape):
    """A table of k of so many, for every index of the shape."""
    return {at: sorted(source.permutation(of)[:k]) for at in itertools.product(*map(range, shape))}


def lines(names, table, order=None):
    """The lines of a table whose keys behind the round stand in the given order."""
    order = order or range(len(names) - 1)
    head = [names[0]] + [names[1 + k] for k in order]
    width = len(next(iter(table.values())))
    text = [",".join(head + ["c%d" % j for j in range(width)])]
    return text + [",".join(map(str, [at[0]] + [at[1 + k] for k in order] + list(v))) for at, v in table.items()]


count = 0


def path_of(text):
    global count
    count += 1
    return truth.write("table%d.csv" % count, text)


# ---- methods, with a table of (round, client, phase, step) ----

def scaffold(batch, init):
    x, c, ci, path = x0.copy(), np.zeros(d), np.zeros((n, d)), [x0]
    for t in range(rounds):
        phase = 0
        if init and t == 0:
            ci = np.array([grad(i, x, batch[0, i, 0, 0]) for i in range(n)])
            c, phase = ci.mean(0), 1
        total = np.zeros(d)
        for i in range(n):
            z = x.copy()
            for k in range(K):
                z = z - 0.05 * (grad(i, z, batch[t, i, phase, k]) - ci[i] + c)
            delta = (x - z) / (K * 0.05) - c
            ci[i] = ci[i] + delta
            total += delta
        x, c = x - 0.05 * K * (total / n + c), c + total / n
        path.append(x)
    return path


def randk(v, take):
    out = np.zeros(d)
    out[take] = v[take] * d / len(take)
    return out


def extragradient(noise, batch):
    z, path = x0.copy(), [x0]
    for t in range(rounds):
        half = z - 0.05 * sum(randk(grad(i, z, batch[t, i, 0]), noise[t, i, 0]) for i in range(n)) / n
        z = z - 0.05 * sum(randk(grad(i, half, batch[t, i, 1]), noise[t, i, 1]) for i in range(n)) / n
        path.append(z)
    return path


def two_vectors(noise):
    """decsgd, form=diana, with randk in both vectors of a message."""
    rate, x, e, h, path = 1 / (1 + d / 2 - 1), x0.copy(), np.zeros((n, d)), np.zeros((n, d)), [x0]
    for t in range(rounds):
        mean, total = h.mean(0), np.zeros(d)
        for i in range(n):
            diff = grad(i, x) - h[i]
            want = e[i] + diff + mean
            sent = np.zeros(d)
            sent[noise[t, i, 0]] = want[noise[t, i, 0]]      # scale=no
            e[i] = want - sent
            total += sent
            h[i] = h[i] + rate * randk(diff, noise[t, i, 1])
        x = x - 0.05 * total / n
        path.append(x)
    return path


def around_start(noise):
    """ecapprox: error compensation around the gradients at x_0."""
    x, e, h, path = x0.copy(), np.zeros((n, d)), [grad(i, x0) for i in range(n)], [x0]
    for t in range(rounds):
        total = np.zeros(d)
        for i in range(n):
            want, sent = e[i] + grad(i, x) - h[i], np.zeros(d)
            sent[noise[t, i]] = want[noise[t, i]]            # scale=no
            e[i] = want - sent
            total += h[i] + sent
        x = x - 0.05 * total / n
        path.append(x)
    return path


def compare(words, options, path):
    run = truth.Run(common + options)
    why = run.error
    for t, x in enumerate([] if why else path):
        ours, theirs = run.trace["grad_norm_sq"][t], np.sum((sum(grad(i, x) for i in range(n)) / n) ** 2)
        why = why or (None if abs(ours - theirs) <= 1e-12 * (1 + theirs) else "row %d: |grad f|^2 is %g, not %g" % (t, ours, theirs))
    truth.report(words, why or (None if max(abs(run.x - path[-1])) <= 1e-12 else "the last iterate differs"))


all_names = ("round", "client", "phase", "step")
full = choices(rows, 2, rounds, n, 2, K)
by_step = {(t, i, k): full[t, i, 0, k] for t in range(rounds) for i in range(n) for k in range(K)}
once = {(t, i): full[t, i, 0, 0] for t in range(rounds) for i in range(n)}
steps = lambda table: {(t, i, p, k): table[t, i, k] for t in range(rounds) for i in range(n) for p in range(2) for k in range(K)}
local = ["--algorithm=scaffold:eta=0.05,K=%d" % K, "--up=identity", "--batch=2"]
start = ["--algorithm=scaffold:eta=0.05,K=%d,init=gradient" % K, "--up=identity", "--batch=2"]
batch = lambda text: ["--replay.batch=" + path_of(text)]
step_lines = lines(("round", "client", "step"), by_step)

compare("local steps, each with its rows", local + batch(step_lines), scaffold(steps(by_step), 0))
compare("... the columns of phase and step both", local + batch(lines(all_names, full)), scaffold(full, 0))
compare("... in any order, lines too", local + batch([lines(all_names, full, (2, 0, 1))[0]] + lines(all_names, full, (2, 0, 1))[:0:-1]),
        scaffold(full, 0))
compare("... with blanks and the line ends of Windows", local + batch([l.replace(",", " , ") + "\r" for l in step_lines]),
        scaffold(steps(by_step), 0))
compare("an exchange before the local steps", start + batch(lines(all_names, full)), scaffold(full, 1))
noise, pair = choices(d, 2, rounds, n, 2), choices(rows, 3, rounds, n, 2)
by_phase = ("round", "client", "phase")
eg = ["--algorithm=extragradient:gamma=0.05", "--up=randk:k=2", "--batch=3"]
compare("two exchanges, each with its rows and its noise", eg + ["--replay.noise=" + path_of(lines(by_phase, noise))] +
        batch(lines(by_phase, pair)), extragradient(noise, pair))
dec = ["--algorithm=decsgd:gamma=0.05", "--up=randk:k=2,scale=no", "--up2=randk:k=2"]
compare("two vectors in a message, each with its noise", dec + ["--replay.noise=" + path_of(lines(("round", "client", "step"), noise))],
        two_vectors(noise))
single = {(t, i): noise[t, i, 0] for t in range(rounds) for i in range(n)}
compare("error compensation around the gradients at x_0", ["--algorithm=ecapprox:gamma=0.05", "--up=randk:k=2,scale=no", "--replay.noise=" +
        path_of(lines(("round", "client"), single))], around_start(single))
one = ["--algorithm=scaffold:eta=0.05,K=1", "--up=identity", "--batch=2"]
digests = [truth.Run(common + one + batch(lines(names, table))).attrs["digest"] for names, table in
           ((("round", "client"), once), (("round", "client", "step"), {at + (0,): v for at, v in once.items()}))]
truth.report("one draw a round needs no further column, and may have one", None if digests[0] == digests[1] else "two digests")
configs = [truth.Run(common + one + ["--replay.batch=" + truth.write("same.csv", t)]).attrs["config_digest"] for t in (
    step_lines, [step_lines[0].replace("step", "phase")] + step_lines[1:], [step_lines[0]] + step_lines[:0:-1])]
truth.report("which draw a row is for counts in the name of a run, the order of the lines does not",
             None if configs[0] == configs[2] != configs[1] else "%s" % configs)

# ---- refused ----

def refused(words, options, *parts):
    for ranks in (1, 2) if words.startswith("*") else (1,):
        run = truth.Run(common + options, ranks)
        good = run.error and run.error.startswith("laconic: ") and "\n" not in run.error and all(p in run.error for p in parts)
        truth.report("refused%s: %s" % (", 2 ranks" if ranks > 1 else "", words.lstrip("*")), None if good else "%s" % run.error)


more, once_lines = "columns 'phase' and 'step'", lines(("round", "client"), once)
refused("*a table of rounds for local steps", local + batch(once_lines), "--replay.batch", "round 0, client 0", more)
refused("a table of rounds for local steps of scafcom", ["--algorithm=scafcom:K=2", "--up=topk:k=2", "--batch=2"] + batch(once_lines), more)
refused("a table of steps for two exchanges of local steps", start + batch(step_lines), "phase 1, step 0", more)
refused("a table of rounds for two exchanges", ["--algorithm=extragradient:gamma=0.05", "--up=identity", "--batch=2"] + batch(once_lines),
        more)
one_noise = ["--replay.noise=" + path_of(lines(("round", "client"), {(t, i): noise[t, i, 0] for t, i, p in noise}))]
refused("the same, of noise", eg[:2] + one_noise, "--replay.noise", more)
refused("a table of rounds for two vectors in a message", dec + one_noise, more)
layers = ["--problem=mlp:hidden=3", "--dataset=synthetic:rows=9,d=3", "--x0=glorot", "--algorithm=gd:gamma=0.1",
          "--up=layerwise+randk:k=1", "--replay.noise=" + path_of(lines(("round",), {(t,): [0] for t in range(rounds)}))]
refused("one row for several layers", layers, "several choices are made at once")
last = "%d,%d,%d" % (rounds - 1, n - 1, K - 1)
refused("*a step that is missing for one client", local + batch([l for l in step_lines if not l.startswith(last)]), "other phases or steps",
        "round %d, client %d" % (rounds - 1, n - 1))
refused("a step that is missing for client 0", local + batch([l for l in step_lines if not l.startswith("2,0,1,")]),
        "other phases or steps")
refused("a step that is missing for all", local + batch([l for l in step_lines if l.split(",")[2] != "2"]), "no row for", "step 2")
refused("a phase that is missing for all", start + batch([l for l in lines(all_names, full) if l.split(",")[2] != "1"]),
        "no row for", "phase 1")
refused("a client that is missing", local + batch([l for l in step_lines if l.split(",")[1] != "1"]), "no row for round 0, client 1")
refused("a round that is missing", local + batch([l for l in step_lines if not l.startswith("1,")]), "no row for round 1, client 0")
refused("a row twice", local + batch(step_lines + [step_lines[5]]), "two rows for round 0, client 1, step 1")
refused("a row twice, with other choices", one + batch(once_lines + ["0,0,4,5"]), "two rows for round 0, client 0")
refused("a row twice, for everybody", ["--sample=uniform:s=1", "--algorithm=scaffold", "--up=identity", "--replay.sample=" +
                                       path_of(["round,c0", "0,1", "1,2", "2,0", "3,1", "2,0"])], "two rows for round 2")
refused("a key twice", local + batch(["round,client,device,step,a,b"] + ["%d,%d,%d,%d,0,1" % (t, i, i, k) for t, i, k in by_step]),
        "two columns")
refused("a key behind the choices", local + batch(["round,client,a,b,step"] + ["%d,%d,0,1,%d" % at for at in by_step]),
        "'step' must stand before")
refused("no choices", local + batch(["round,client,step"] + ["%d,%d,%d" % at for at in by_step]), "needs a line of names")
refused("an empty file", local + batch([]), "needs a line of names")
for field, what in (("-1", "-1"), ("0.5", "0.5"), ("nan", "nan"), ("70000", "70000")):
    refused("a step of %s" % field, local + batch(step_lines + ["0,0,%s,0,1" % field]), "step of " + what)
refused("a phase of 64", start + batch(lines(all_names, full) + ["0,0,64,0,0,1"]), "phase of 64")
refused("a round of 0.5", local + batch(step_lines + ["0.5,0,0,0,1"]), "round of 0.5")
refused("a client of -1", local + batch(step_lines + ["0,-1,0,0,1"]), "client of -1")
for line in ("0,0,9,1", "0,0,9,1,2,3", "0,0,9,1,", "0,0,9,x,1", "0,0,,0,1", "0,0,9,1,2x", "0 0 9 1 2", "9,0,9,1"):
    refused("the line '%s'" % line, local + batch(step_lines + [line]), "is not a row of as many numbers")
refused("a choice of half a row", one + batch([once_lines[0]] + [l + ".5" if l.startswith("0,0") else l for l in once_lines[1:]]),
        "chooses")
refused("a row that is not there", one + batch([once_lines[0]] + [",".join(l.split(",")[:2] + ["0", str(rows)]) for l in once_lines[1:]]),
        "chooses %d of %d" % (rows, rows))
masha = ["--problem=bilinear", "--algorithm=masha1:gamma=0.05", "--up=identity"]
common = ["--rounds=%d" % rounds, "--clients=%d" % n]
coin = lambda text, how="": masha + ["--replay.coin=" + path_of(text) + how]
two = ["round,a,u"] + ["%d,1,0.5" % t for t in range(rounds)]
refused("a coin of several, unnamed", coin(two), "more than one coin a round", "column=NAME")
refused("a coin that is not there", coin(two, ":column=b"), "no column 'b'")
refused("coins of clients", coin(["round,client,a"] + ["%d,%d,1" % (t, i) for t in range(rounds) for i in range(n)]), "more than one coin")
refused("steps of coins", coin(["round,step,a"] + ["%d,0,1" % t for t in range(rounds)]), "one such draw a round")
refused("a coin of 0.5 that is not called u", coin(["round,a"] + ["%d,0.5" % t for t in range(rounds)]), "coin of 0.5", "under the name u")
refused("a number above 1 under the name u", coin(["round,u"] + ["%d,1.5" % t for t in range(rounds)]), "coin of 1.5")
outcomes = {}
for words, names, values, how in (("1", "a", "1", ""), ("0", "a", "0", ""), ("0.1 < p", "u", "0.1", ""),
                                  ("0.1 < p, of several", "a,u", "0,0.1", ":column=u")):
    run = truth.Run(common + coin(["round," + names] + ["%d,%s" % (t, values) for t in range(rounds)], how))
    outcomes[words] = run.error or run.attrs["digest"]
truth.report("a number under the name u is compared with p, in a column that was named, too",
             None if outcomes["1"] == outcomes["0.1 < p"] == outcomes["0.1 < p, of several"] != outcomes["0"] else "%s" % outcomes)
truth.finish()
