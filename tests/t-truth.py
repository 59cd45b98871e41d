#!/usr/bin/python3
"""Trajectories computed elsewhere, by other people's arithmetic: LACONIC_TRUTH/error-feedback.  TAP.  With arguments, those whose names
begin with one of them."""
import csv, math, os, re, sys
sys.dont_write_bytecode = True
import truth

root = truth.find("error-feedback")
data = os.path.join(root, "data")
truth.pattern = ""                      # the arguments choose what is run

def rows_of(path):
    return [[float(v) for v in line.split(",")] for line in open(path) if line.strip()]

def problem_b():
    files = ["%s/B_client%d.csv" % (data, i) for i in range(10)]
    absent = [f for f in files if not os.path.exists(f)]
    if absent:
        return absent[0]
    return truth.write_rows("b.libsvm", [(repr(r[0]), [repr(v) for v in r[1:]]) for f in files for r in rows_of(f)])

problems = {
    "A_logreg": (["--problem=logreg:reg=nonconvex,lambda=0.1", "--dataset=%s/A_all.libsvm:d=20" % data], "A_x0.csv"),
    "B_lstsq": (["--problem=lsq", "--dataset=%s:d=20" % problem_b()], "B_x0.csv"),
    "C_tridiag": (["--problem=quadratic:matrix=%s/C_A%%d.csv,vector=%s/C_b%%d.csv" % (data, data)], "C_x0.csv"),
}

INITS = {"compinit": "compressed", "zeroinit": "zero"}
TABLES = {t: "--replay.%s=%s/sched_%s.csv" % (t[0], data, t[1]) for t in
          (("sample", "clients"), ("batch", "minibatch"), ("coin", "coin_u"), ("noise", "randk"), ("noise", "perm"))}

def replay(axis, name, shift):
    """A table made elsewhere: its first row is for the message of round `shift`."""
    return TABLES[axis, name] + (":shift=%d" % shift if shift else "")

SAMPLED = ["--sample=uniform:s=5", replay("sample", "clients", 1)]
BATCHED = ["--batch=5", replay("batch", "minibatch", 1)]
TOP2 = ["--up=topk:k=2"]

def method_of(run):
    """(algorithm with %s for its step size, other options, rule of the step size or None) of a run's name."""
    name, _, rest = run.partition("_")
    init = INITS.get(rest.split("_")[0], "exact")
    number = re.search(r"[0-9.]+$", name)
    eta = number.group() if number else None
    up = ["--up=topk:k=2+natural:round=down"] if rest.startswith("topknat") else TOP2
    theory = "theory-am" if "gW" in rest else "theory-qm"
    if name == "GD":
        return "gd:gamma=%s", ["--up=identity"], "theory"
    if name == "DCGD":
        return "dcgd:gamma=%s", TOP2, "theory-qm"
    if name == "EF14":
        return "ef14:gamma=%s", TOP2, "theory"
    if name == "EControl":
        return "econtrol:gamma=%%s,eta=%s,init=%s" % (rest.split("_")[0][3:], "zero" if "h0zero" in rest else "exact"), TOP2, "theory-qm"
    if name == "ECIdeal":
        return "ecideal:gamma=%s", TOP2, "theory-qm"
    if name == "DECBC2":
        return "decsgd:gamma=%s,form=contractive,init=exact", TOP2 + ["--up2=topk:k=2"], "theory-qm"
    if name == "ECGD":
        return "decsgd:gamma=%s", TOP2 + ["--up2=randk:k=2", replay("noise", "randk", 0)], "theory-qm"
    if name == "DIANA":
        return "diana:gamma=%s", ["--up=randk:k=2", replay("noise", "randk", 0)], "theory"
    if run == "MARINA_randk":
        return "marina:gamma=%s", ["--up=randk:k=2", replay("noise", "randk", 1), replay("coin", "coin_u", 1)], "theory"
    if run == "MARINA_permk":
        return "marina:gamma=%s", ["--up=permk", replay("noise", "perm", 1), replay("coin", "coin_u", 1)], "theory"
    if name == "EF21P":
        return "ef21p:gamma=%s", ["--down=topk:k=2"], None
    if name == "EF21BC":
        return "ef21bc:gamma=%s,init=exact", TOP2 + ["--down=topk:k=4"], "theory-qm"
    if name == "EF21PAGE":
        return "ef21page:gamma=%s,init=exact", TOP2 + BATCHED + [replay("coin", "coin_u", 1)], "theory-qm"
    if name == "EF21SGD":
        return "ef21sgd:gamma=%s,init=exact", TOP2 + BATCHED, "theory-qm"
    if name.startswith("EF21HB"):
        return "ef21hb:gamma=%%s,init=exact,eta=%s" % eta, TOP2, "theory-qm"
    if name.startswith("EF21SGDM"):
        return "ef21sgdm:gamma=%%s,init=exact,eta=%s" % eta, TOP2, "theory-qm"
    if name.startswith("EF21SGD2M"):
        return "ef21sgd2m:gamma=%%s,init=exact,eta=%s" % eta, TOP2, "theory-qm"
    if name.startswith("EF21PP"):
        return "ef21pp:gamma=%s,init=exact", TOP2 + SAMPLED, "theory-qm"
    if name == "EF21W":
        return "ef21w:gamma=%s,init=exact", up + (SAMPLED if rest.startswith("PP") else []), \
            "theory-qm" if rest.startswith("PP") else "theory-am"
    if name == "EF21Prox":
        return "ef21prox:gamma=%s,init=exact,reg=l1,lambda=" + rest.split("_")[1], TOP2, "theory-qm"
    if name == "EF21plus":
        return "ef21plus:gamma=%s,init=exact", TOP2, "theory"
    if name == "EF21":
        return "ef21:gamma=%s,init=" + init, up, "theory-am" if "gW" in rest else "theory-qm"
    return None

def options_of(entry):
    _, more, _ = method_of(entry["run"])
    options, x0 = problems[entry["problem"]]
    return [*options, "--clients=10", "--x0=file:path=%s/%s" % (data, x0), "--rounds=1000", *more]

def compare(entry, gamma, expected):
    """None, or the first difference beyond the stated tolerance: f to 1e-10 relative, |grad| to 1e-9 (1e-3 + |grad|)."""
    algorithm, _, _ = method_of(entry["run"])
    run = truth.Run(options_of(entry) + ["--algorithm=" + algorithm % gamma])
    if run.error:
        return run.error
    rounds, f, g = (run.trace[c] for c in ("round", "f", "grad_norm_sq"))
    reason = run.attrs["reason"]
    # A step by rule may differ in its last bits, which a chaotic run shows before the table's own limit.
    # Another order of additions shows it a little earlier, too, where the table's two precisions were already 5e-11 apart.
    safe = int(entry["safe_iters"])
    last = safe if safe >= 1000 else safe // 2 if "theory" in gamma else \
        safe * 9 // 10 if float(entry["max_dev_gradnorm_safe"]) > 5e-11 else safe
    for row in expected:
        t = int(row["iter"])
        if t > last:
            break
        if t >= len(rounds):
            return None if reason == "diverged" and float(row["grad_norm2"]) > 1e100 else "ended at %d: %s" % (len(rounds) - 1, reason)
        df = abs(f[t] - float(row["f"])) / max(abs(float(row["f"])), 1e-3)
        norm = math.sqrt(float(row["grad_norm2"]))
        dg = abs(math.sqrt(g[t]) - norm) / (1e-3 + norm)
        if not (df <= 1e-10 and dg <= 1e-9):
            return "row %d: f differs by %.1e, |grad f| by %.1e" % (t, df, dg)
    return None

for entry in csv.DictReader(open(root + "/manifest.csv") if os.path.exists(root + "/manifest.csv") else []):
    method = method_of(entry["run"])
    if method is None or entry["problem"] not in problems or not entry["run"].startswith(tuple(sys.argv[1:] or [""])):
        continue
    table = "%s/traj/%s__%s.csv" % (root, entry["problem"], entry["run"])
    words, absent = "%s %s" % (entry["problem"], entry["run"]), truth.missing(options_of(entry) + ["--table=" + table])
    if absent:
        truth.skip(words, "there is no " + absent)
        continue
    expected = list(csv.DictReader(open(table)))
    factor = re.search(r"([0-9]*)x?$", entry["run"].split("_")[-1]).group(1)
    steps = [float.fromhex(entry["gamma_hex"]).__repr__()]
    if method[2]:
        steps.append("%s*%s" % (method[2], factor if factor.isdigit() else 1))
    for gamma in steps:
        truth.report("%s gamma=%s" % (words, gamma), compare(entry, gamma, expected))
if truth.count == 0 and len(sys.argv) > 1:
    print("Bail out! no trajectory begins with one of: " + " ".join(sys.argv[1:]))
    sys.exit(99)
truth.finish()
