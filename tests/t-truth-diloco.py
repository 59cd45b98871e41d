#!/usr/bin/python3
"""Trajectories computed elsewhere: DiLoCo and Streaming DiLoCo, data-parallel Adam and SGD, CO2, LACONIC_TRUTH/diloco.  TAP."""
import os, re, sys
sys.dont_write_bytecode = True
import truth

root = truth.find("diloco")
tolerance, steps = 1e-9, 36

def table(name):
    return truth.table("%s/%s" % (root, name))

def problem(letter):
    """Problem A or B, on 4 workers; or the name of a file that is not there."""
    files = ["%s_%s.csv" % (name, letter) for name in ("data", "theta0")]
    for name in files:
        if not os.path.exists("%s/%s" % (root, name)):
            return name
    rows, x0 = table(files[0])[1:], [r[0] for r in table(files[1])[1:]]
    data = truth.write_rows(letter + ".libsvm", [(r[1], r[2:]) for r in rows])
    return ["--problem=logreg:reg=l2,lambda=0.01", "--dataset=%s:d=%d" % (data, len(x0)), "--clients=4",
            "--x0=file:path=" + truth.write("x0" + letter, x0)], x0

common = problem("A")
if isinstance(common, str):
    truth.skip_all("LACONIC_TRUTH/diloco has no " + common)
common, x0 = common
adamw = "lr=0.02,beta1=0.9,beta2=0.95,eps=1e-8,wd=0.1"
streams = "fragments=3,layer=2,spacing=2"

def diloco(name):
    """The spec of a file's run, from its name, or None."""
    m = re.match(r"(diloco_H(?P<H>\d+)|stream_(?P<stream>.*?))(_olr04)?(?P<fp4>_fp4)?$", name)
    if not m:
        return None
    spec = "diloco:H=%s,%s,mu=0.9,eta_o=%s" % (m["H"] or "6", adamw, "0.4" if "_olr04" in name else "0.7")
    if m["stream"]:
        s = m["stream"]
        tau, alpha = re.search(r"tau(\d+)", s), re.search(r"_a(\d)(\d)", s)
        spec += "," + streams + ",pattern=" + ("sequential" if "seq" in s else "strided")
        spec += ",tau=" + (tau[1] if tau else "0")
        spec += ",alpha=" + ("1" if "alpha1" in s else "%s.%s" % (alpha[1], alpha[2]) if alpha else "0")
        spec += ",first=" + ("partial" if "partialfirst" in s else "full")
    return ["--algorithm=" + spec, "--up=" + ("fp4" if m["fp4"] else "identity")]

def co2(name):
    gap = {"clip": "phi=0.25", "lambda2": "lambda=2", "gap": "gap=aware", "gapaware": "gap=aware", "plain": "lambda=1"}
    words = name.split("_")[1:]
    return ["--algorithm=co2:H=3,lr=0.3,eta_o=1,mu=0.5," + ",".join(gap[w] for w in words)] if all(w in gap for w in words) else None

def method(name):
    """Options of the run and the problem, from the name of the file, or None."""
    if name == "dp_adamw":
        return common + ["--algorithm=dpadamw:" + adamw]
    if name.startswith("co2_"):
        return co2(name) and common + co2(name)
    dense = {"adam_nobias": "adam,lr=0.005,beta1=0.9,beta2=0.99,eps=1e-8,bias=no", "dense_msgd": "momentum,lr=0.2,beta1=0.9"}
    if name in dense:
        b = problem("B")
        return None if isinstance(b, str) else b[0] + ["--algorithm=dpadamw:optimiser=" + dense[name]]
    return diloco(name) and common + diloco(name)

def gap(ours, theirs):
    return max(abs(a - float(b)) / max(1e-3, abs(float(b))) for a, b in zip(ours, theirs))

def compare(options, head, rows, ranks):
    """F at every step, the bits of a worker, the last point; the same digest on any number of ranks."""
    run = truth.Run(options + ["--rounds=%d" % (len(rows) - 1)], ranks)
    if run.error:
        return run.error
    at = head.index("F_global" if "F_global" in head else "F")
    for t, row in enumerate(rows):
        if not abs(run.trace["f"][t] - float(row[at])) <= tolerance * abs(float(row[at])):
            return "step %d: F is %.17g, not %s" % (t, run.trace["f"][t], row[at])
        if "bits_per_worker" in head and run.trace["bits_up"][t] != 4 * int(row[head.index("bits_per_worker")]):
            return "step %d: %d bits, not 4 times %s" % (t, run.trace["bits_up"][t], row[head.index("bits_per_worker")])
    first = next(head.index(name) for name in ("G0", "th0", "x0") if name in head)
    if gap(run.x, rows[-1][first:first + len(run.x)]) > tolerance:
        return "the last point differs by %.1e" % gap(run.x, rows[-1][first:first + len(run.x)])
    before = digests.setdefault(" ".join(options), run.attrs["digest"])
    return None if before == run.attrs["digest"] else "another digest on %d ranks" % ranks

def workers(options, head, row):
    """What every worker holds after an odd step, when nothing arrives."""
    held = truth.clients_after(options + ["--rounds=%d" % steps], int(row[0]))
    if isinstance(held, str):
        return held
    for m in range(4):
        first = head.index("w%d_0" % m)
        if gap(held[m][0], row[first:first + 12]) > tolerance:
            return "worker %d differs by %.1e" % (m, gap(held[m][0], row[first:first + 12]))
    return None

def moved(pattern, fragments):
    """With fragment k sent at step 6 + 2k, the anchor has moved in fragments 0..k after 6 + 2k steps, and nowhere else."""
    for k in range(3):
        run = truth.Run(common + ["--algorithm=diloco:H=6,%s,%s,pattern=%s" % (adamw, streams, pattern),
                                  "--up=identity", "--rounds=%d" % (6 + 2 * k)])
        if run.error:
            return run.error
        ours = [j for j in range(12) if run.x[j] != float(x0[j])]
        if ours != [j for j in range(12) if fragments[j] <= k]:
            return "after %d steps %s have moved" % (6 + 2 * k, ours)
    return None

digests = {}
for file in sorted(os.listdir(root)):
    options = method(file[:-4]) if file.endswith(".csv") and not file.endswith("_codes.csv") else None
    if not options:
        continue
    head, *rows = table(file)
    for ranks in (1, 2):
        truth.report("%s, %d ranks" % (file[:-4], ranks), compare(options, head, rows, ranks))
    if "w0_0" in head:
        truth.report("%s, every worker" % file[:-4], workers(options, head, rows[steps - 1]))
for order in ("strided", "sequential"):
    if os.path.exists(root + "/fragments.csv"):
        truth.report("fragments, " + order, moved(order, {int(j): int(k) for name, j, k in table("fragments.csv")[1:] if name == order}))
    else:
        truth.skip("fragments, " + order, "there is no fragments.csv")
truth.finish()
