#!/usr/bin/python3
"""Trajectories computed elsewhere, by other people's arithmetic: LACONIC_TRUTH/error-feedback.  TAP."""
import csv, math, os, subprocess, sys, tempfile

def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)

truth = os.environ.get("LACONIC_TRUTH")
if not truth:
    skip_all("LACONIC_TRUTH is not set")
truth = os.path.join(truth, "error-feedback")
if not os.path.isdir(truth):
    skip_all("LACONIC_TRUTH has no folder error-feedback")
try:
    import h5py
except ImportError:
    skip_all("no python3-h5py")

laconic = os.environ.get("LACONIC", "./laconic")
data = os.path.join(truth, "data")
folder = tempfile.TemporaryDirectory()

def rows_of(path):
    return [[float(v) for v in line.split(",")] for line in open(path) if line.strip()]

def write_libsvm(path, rows):
    """rows: (label, values); every number with all its digits."""
    with open(path, "w") as f:
        for label, values in rows:
            f.write(repr(label) + "".join(" %d:%r" % (j + 1, v) for j, v in enumerate(values) if v != 0) + "\n")

def problem_b():
    path = os.path.join(folder.name, "b.libsvm")
    write_libsvm(path, [(r[0], r[1:]) for i in range(10) for r in rows_of("%s/B_client%d.csv" % (data, i))])
    return path

problems = {
    "A_logreg": (["--problem=logreg:reg=nonconvex,lambda=0.1", "--dataset=%s/A_all.libsvm:d=20" % data], "A_x0.csv"),
    "B_lstsq": (["--problem=lsq", "--dataset=%s:d=20" % problem_b()], "B_x0.csv"),
    "C_tridiag": (["--problem=quadratic:matrix=%s/C_A%%d.csv,vector=%s/C_b%%d.csv" % (data, data)], "C_x0.csv"),
}

def method_of(run):
    """(algorithm with its step-size rule, uplink) of a run's name, or None when the method is not here yet."""
    name, _, rest = run.partition("_")
    if name == "GD":
        return "gd:gamma=%s", "identity", "theory"
    if name == "DCGD":
        return "gd:gamma=%s", "topk:k=2", None
    if name == "EF14":
        return "ef14:gamma=%s", "topk:k=2", "theory"
    if name != "EF21" or rest.startswith("topknat"):
        return None
    init = "compressed" if rest.startswith("compinit") else "zero" if rest.startswith("zeroinit") else "exact"
    return "ef21:gamma=%s,init=" + init, "topk:k=2", "theory-am" if rest.startswith("gW") else "theory"

def compare(entry, gamma, expected):
    """None, or the first difference beyond the stated tolerance: f to 1e-10 relative, |grad| to 1e-9 (1e-3 + |grad|)."""
    problem, run = entry["problem"], entry["run"]
    algorithm, up, _ = method_of(run)
    options, x0 = problems[problem]
    out = os.path.join(folder.name, "%s_%s.h5" % (problem, run))
    done = subprocess.run([laconic, "run", *options, "--clients=10", "--x0=file:path=%s/%s" % (data, x0), "--rounds=1000",
                           "--algorithm=" + algorithm % gamma, "--up=" + up, "-o", out, "--force"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        return done.stderr.strip()
    with h5py.File(out) as file:
        rounds, f, g = (file["trace/" + c][:] for c in ("round", "f", "grad_norm_sq"))
        reason = file.attrs["reason"]
    last = min(int(entry["safe_iters"]), 1000)
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

count = 0
failed = 0
for entry in csv.DictReader(open(truth + "/manifest.csv")):
    method = method_of(entry["run"])
    if method is None or entry["problem"] not in problems:
        continue
    expected = list(csv.DictReader(open("%s/traj/%s__%s.csv" % (truth, entry["problem"], entry["run"]))))
    factor = entry["run"].split("_")[-1].rstrip("x")
    steps = [float.fromhex(entry["gamma_hex"]).__repr__()]
    if method[2]:
        steps.append("%s*%s" % (method[2], factor if factor.isdigit() else 1))
    for gamma in steps:
        count += 1
        why = compare(entry, gamma, expected)
        failed += why is not None
        print("%s %d - %s %s gamma=%s%s" % ("not ok" if why else "ok", count, entry["problem"], entry["run"], gamma,
                                          ": " + why if why else ""))
print("1..%d" % count)
sys.exit(failed > 0)
