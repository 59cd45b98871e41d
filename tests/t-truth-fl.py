#!/usr/bin/python3
"""Trajectories computed elsewhere: local steps, client sampling, saddle points: LACONIC_TRUTH/scaffold-masha.  TAP."""
import csv, math, os, re, subprocess, sys, tempfile

def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)

truth = os.environ.get("LACONIC_TRUTH")
if not truth:
    skip_all("LACONIC_TRUTH is not set")
truth = os.path.join(truth, "scaffold-masha")
if not os.path.isdir(truth):
    skip_all("LACONIC_TRUTH has no folder scaffold-masha")
try:
    import h5py
except ImportError:
    skip_all("no python3-h5py")

laconic = os.environ.get("LACONIC", "./laconic")
data = truth + "/data/"
folder = tempfile.TemporaryDirectory()

def table(name):
    return list(csv.reader(open(data + name)))[1:]

def write(name, lines):
    path = os.path.join(folder.name, name)
    with open(path, "w") as f:
        f.writelines(line + "\n" for line in lines)
    return path

def quad():
    return ["--problem=quadratic:matrix=%s,vector=%s" % (
        write("quad_H", [" ".join(r[2:]) for r in table("quad_H.csv")]), write("quad_b", [" ".join(r[1:]) for r in table("quad_b.csv")])),
        "--clients=6"]

def logl2():
    rows = ["%s %s" % (r[2], " ".join("%d:%s" % (j + 1, v) for j, v in enumerate(r[3:]))) for r in table("logreg.csv")]
    return ["--problem=logreg:reg=l2,lambda=0.05", "--dataset=%s:d=12" % write("logl2.libsvm", rows), "--clients=5"]

def bil8():
    lam = dict(table("bil8_meta.csv"))["lambda"]
    ab = [" ".join(r[2:]) for r in table("bil8_ab.csv")]
    return ["--problem=bilinear:lambda=%s,matrix=%s,vector=%s" % (
        lam, write("bil8_A", [" ".join(r[2:]) for r in table("bil8_A.csv")]), write("bil8_ab", ab)), "--clients=4"]

def toy1d(G):
    return ["--problem=quadratic:matrix=%s,vector=%s" % (write("toy_A%s" % G, ["2", "0"]), write("toy_b%s" % G, ["-" + G, G])),
            "--clients=2", "--x0=file:path=" + write("toy_x0", ["1"])]

def local(tag, name):
    """Options of a SCAFFOLD or SCAFCOM run, or None."""
    eta = {"quad": "0.02", "logl2": "0.1"}[tag]
    init = "gradient" if "gradinit" in name else "zero"
    common = "eta=%s,eta_g=%s,K=5,init=%s" % (eta, "2" if "_eg2_" in name else "1", init)
    sample = ["--sample=uniform:s=2", "--replay.sample=%s%s_clients_S2.csv" % (data, tag)] if name.endswith("S2") else []
    if name.startswith("scaffold_opt2") or name.startswith("scallion_identity"):
        return ["--algorithm=scaffold:" + common, "--up=identity"] + sample
    m = re.match(r"scafcom_(identity|top2)_b([\d.]+)_", name)
    if m:
        return ["--algorithm=scafcom:%s,beta=%s" % (common, m[2]), "--up=" + ("identity" if m[1] == "identity" else "topk:k=2")] + sample
    return None

def saddle(name):
    L = float(dict(table("bil8_meta.csv"))["L_avg"])
    note = {r["name"]: r["note"] for r in csv.DictReader(open(truth + "/INDEX.csv"))}["bil8_" + name]
    own = re.search(r"gamma=([\d.]+)/L\b(?!_)", note)
    gamma, tau = repr((float(own[1]) if own else 0.4) / L), "0.6875"
    coins = ["--replay.coin=%sbil8_coins.csv:column=masha_coin" % data]
    clients = ["--replay.noise=%sbil8_randk_idx.csv" % data]
    if name == "eg":
        return ["--algorithm=extragradient:gamma=" + gamma, "--up=identity"]
    if name == "masha1_identity":
        return ["--algorithm=masha1:gamma=%s,tau=%s" % (gamma, tau), "--up=identity"] + coins
    if name == "masha1_randk":
        return ["--algorithm=masha1:gamma=%s,tau=%s" % (gamma, tau), "--up=randk:k=5"] + coins + clients
    if name == "masha1_randk_bidir":
        return ["--algorithm=masha1:gamma=%s,tau=%s" % (gamma, tau), "--up=randk:k=5", "--down=randk:k=8",
                "--replay.down=%sbil8_server_randk_idx.csv" % data] + coins + clients
    if name in ("masha2_topk", "masha2_topk_g0.4"):
        return ["--algorithm=masha2:gamma=%s,tau=%s" % (gamma, tau), "--up=topk:k=5"] + coins
    if name == "masha2_topk_bidir":
        return ["--algorithm=masha2:gamma=%s,tau=%s" % (gamma, tau), "--up=topk:k=5", "--down=topk:k=8"] + coins
    return None

def compare(options, rows, names, tolerance, last):
    """None, or the first difference; names: (our column, theirs)."""
    out = os.path.join(folder.name, "out.h5")
    rounds = min(int(float(rows[-1][0])), last)
    done = subprocess.run([laconic, "run", *options, "--rounds=%d" % rounds, "-o", out, "--force"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        return done.stderr.strip()
    with h5py.File(out) as file:
        ours = {c: file["trace/" + c][:] for c, _ in names}
        x = file["final/x"][:]
    for row in rows[:-1]:
        t = int(float(row[0]))
        for column, at in names:
            if t <= rounds and not abs(ours[column][t] - float(row[at])) <= tolerance * max(1, abs(float(row[at]))):
                return "row %d: %s is %.17g, not %s" % (t, column, ours[column][t], row[at])
    final = rows[-1][-len(x):] if int(float(rows[-1][0])) == rounds else None
    if final and max(abs(a - float(b)) for a, b in zip(x, final)) > tolerance:
        return "the final iterate differs by %.1e" % max(abs(a - float(b)) for a, b in zip(x, final))
    return None

count = failed = 0
for file in sorted(os.listdir(truth + "/traj")):
    tag, _, name = file[:-4].partition("_")
    tolerance, last = 1e-10, 10 ** 9
    options, problem = None, None
    if tag in ("quad", "logl2"):
        options, problem = local(tag, name), {"quad": quad, "logl2": logl2}[tag]()
    elif tag == "bil8":
        options, problem = saddle(name), bil8()
        if name == "masha2_topk_g0.4":
            tolerance, last = 1e-8, 10 ** 9
    elif tag == "toy1d" and "scaffold" in name:
        m = re.match(r"G(\d+)_K(\d+)_scaffold2$", name)
        if m:
            options = ["--algorithm=scaffold:eta=%r,K=%s" % (0.1 / int(m[2]), m[2]), "--up=identity"]
            problem = toy1d(m[1])
    if not options:
        continue
    rows = list(csv.reader(open("%s/traj/%s" % (truth, file))))
    head = rows.pop(0)
    pairs = [("f", "f"), ("grad_norm_sq", "grad_norm_sq"), ("dist_sq", "dist_sq")]
    names = [(ours, head.index(theirs)) for ours, theirs in pairs if theirs in head]
    why = compare(problem + options, rows, names, tolerance, last)
    count += 1
    failed += why is not None
    print("%s %d - %s%s" % ("not ok" if why else "ok", count, file[:-4], ": " + why if why else ""))
print("1..%d" % count)
sys.exit(failed > 0)
