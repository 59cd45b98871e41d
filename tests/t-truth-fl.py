#!/usr/bin/python3
"""Trajectories computed elsewhere: local steps, client sampling, saddle points: LACONIC_TRUTH/scaffold-masha.  TAP."""
import csv, os, re, sys
sys.dont_write_bytecode = True
import truth
from truth import write

root = truth.find("scaffold-masha")
data = root + "/data/"

def table(name):
    return truth.table(data + name)[1:]

def quad():
    return ["--problem=quadratic:matrix=%s,vector=%s" % (
        write("quad_H", [" ".join(r[2:]) for r in table("quad_H.csv")]), write("quad_b", [" ".join(r[1:]) for r in table("quad_b.csv")])),
        "--clients=6"]

def logl2():
    rows = truth.write_rows("logl2.libsvm", [(r[2], r[3:]) for r in table("logreg.csv")])
    return ["--problem=logreg:reg=l2,lambda=0.05", "--dataset=%s:d=12" % rows, "--clients=5"]

def bil8():
    lam = dict(table("bil8_meta.csv"))["lambda"]
    ab = [" ".join(r[2:]) for r in table("bil8_ab.csv")]
    return ["--problem=bilinear:lambda=%s,matrix=%s,vector=%s" % (
        lam, write("bil8_A", [" ".join(r[2:]) for r in table("bil8_A.csv")]), write("bil8_ab", ab)), "--clients=4"]

def toy1d(G):
    return ["--problem=quadratic:matrix=%s,vector=%s" % (write("toy_A%s" % G, ["2", "0"]), write("toy_b%s" % G, ["-" + G, G])),
            "--clients=2", "--x0=file:path=" + write("toy_x0", ["1"])]

def toy(name, K):
    eta = repr(0.1 / int(K))
    method = {"fedavg": "fedavg", "scaffold2": "scaffold"}.get(name)
    return ["--algorithm=%s:eta=%s,K=%s" % (method, eta, K), "--up=identity"] if method else None

def local(tag, name):
    """Options of a method with local steps, or None."""
    eta = {"quad": "0.02", "logl2": "0.1"}[tag]
    init = "gradient" if "gradinit" in name else "zero"
    common = "eta=%s,K=5,eta_g=%s" % (eta, "2" if "_eg2_" in name else "0.5" if name.startswith("fedcomgate") else "1")
    control = common + ",init=" + init
    m = re.match(r"(.*?)_(?:(identity|top|rand)(\d*)_)?(?:[ab]([\d.]+)_)?(?:eg2_)?(?:gradinit_)?(full|S2)$", name)
    if not m:
        return None
    method, kind, k, number, who = (group or "" for group in m.groups())
    up = ["--up=" + {"top": "topk:k=" + k, "rand": "randk:k=" + k}.get(kind, "identity")]
    if kind == "rand":
        up += ["--replay.noise=%s%s_randk%s_idx.csv" % (data, tag, k)]
    if who == "S2":
        up += ["--sample=uniform:s=2", "--replay.sample=%s%s_clients_S2.csv" % (data, tag)]
    spec = {
        "fedavg": "fedavg:" + common,
        "fedprox": "fedprox:%s,mu=0.5" % common,
        "fedpaq": "fedpaq:" + common,
        "fedef": "fedef:" + common,
        "fedgate": "fedgate:" + common,
        "fedcomgate": "fedcomgate:" + common,
        "scaffold_opt1": "scaffold:%s,option=I,form=classic" % control,
        "scaffold_opt2": "scaffold:" + control,
        "scallion": "scallion:%s,alpha=%s%s" % (control, number or "1", ",beyond=yes" if kind == "top" else ""),
        "scafcom": "scafcom:%s,beta=%s" % (control, number)}.get(method)
    return spec and ["--algorithm=" + spec] + up

def two_phases():
    """The two index tables of CEG as one, a row for every exchange."""
    (head, *first), second = truth.table(data + "bil8_randk_idx.csv"), table("bil8_randk_idx_second.csv")
    rows = [r[:2] + [str(phase)] + r[2:] for phase, of in enumerate((first, second)) for r in of]
    return write("ceg_idx", [",".join(r) for r in [head[:2] + ["phase"] + head[2:], *rows]])

def saddle(name):
    L = float(dict(table("bil8_meta.csv"))["L_avg"])
    note = {r["name"]: r["note"] for r in csv.DictReader(open(root + "/INDEX.csv"))}["bil8_" + name]
    own = re.search(r"gamma=([\d.]+)/L\b(?!_)", note)
    gamma, tau = repr((float(own[1]) if own else 0.4) / L), "0.6875"
    coins = ["--replay.coin=%sbil8_coins.csv:column=masha_coin" % data]
    clients = ["--replay.noise=%sbil8_randk_idx.csv" % data]
    if name == "qgd_randk":
        return ["--algorithm=qgd:gamma=" + gamma, "--up=randk:k=5"] + clients
    if name == "ef_topk":
        return ["--algorithm=ef_gd:gamma=" + gamma, "--up=topk:k=5"]
    if name == "omasha_permk":
        return ["--algorithm=optimistic_masha:eta=" + repr(0.2 / L), "--up=permk", "--replay.noise=%sbil8_perm.csv" % data,
                "--replay.coin=%sbil8_coins.csv:column=omasha_coin" % data]
    if name == "eg":
        return ["--algorithm=extragradient:gamma=" + gamma, "--up=identity"]
    if name == "ceg_randk":
        return ["--algorithm=ceg:gamma=" + gamma, "--up=randk:k=5", "--replay.noise=" + two_phases()]
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

columns = [("f", "f", 1), ("grad_norm_sq", "grad_norm_sq", 1), ("dist_sq", "dist_sq", 1), ("gap", "duality_gap", 1),
           ("grad_norm_sq", "F_norm", 2)]      # ours, theirs, to which power

def bits_differ(run, head, rows, has_coins, clients=4):
    """None, or the first row whose bits are not those of the text.  Theirs have 32 bits a number, ours 64; a coin is one bit for both.
    Theirs count the start in row 0."""
    for row in rows[1:]:
        t, theirs = int(float(row[0])), [int(float(row[head.index("%slink_bits_per_device_cum" % way)])) for way in ("up", "down")]
        ours = [int(run.trace["bits_" + way][t]) for way in ("up", "down")]
        coins = t if has_coins else 0
        if ours != [clients * 2 * theirs[0], clients * (2 * (theirs[1] - coins) + coins)]:
            return "row %d: %d bits up and %d down, not twice %s, %d of them coins" % (t, *ours, theirs, coins)
    return None

def compare(options, head, rows, tolerance, name=""):
    """None, or the first difference."""
    run = truth.Run(options + ["--rounds=%d" % int(float(rows[-1][0])), "--eval=1"])
    if run.error:
        return run.error
    for row in rows:
        t = int(float(row[0]))
        for column, name, power in columns:
            if name in head:
                ours, theirs = run.trace[column][t], float(row[head.index(name)]) ** power
                if not abs(ours - theirs) <= tolerance * max(1, abs(theirs)):
                    return "row %d: %s is %.17g, not %.17g" % (t, column, ours, theirs)
    if re.match("eg|masha1|omasha", name):      # of the others, the message down or an index has another size there
        why = bits_differ(run, head, rows, name != "eg")
        if why:
            return why
    gap = max(abs(a - float(b)) for a, b in zip(run.x, rows[-1][-len(run.x):]))
    return None if gap <= tolerance else "the final iterate differs by %.1e" % gap

problems = {"quad": quad, "logl2": logl2, "bil8": bil8}

def test(file):
    tag, _, name = file[:-4].partition("_")
    head, *rows = truth.table("%s/traj/%s" % (root, file))
    if tag == "toy1d":
        G, K, name = re.match(r"G(\d+)_K(\d+)_(.*)$", name).groups()
        problem, options = toy1d(G), toy(name, K)
    else:
        problem, options = problems[tag](), (saddle if tag == "bil8" else local)(*((name,) if tag == "bil8" else (tag, name)))
    if options and truth.missing(options):
        truth.skip(file[:-4], "there is no " + truth.missing(options))
    elif options:
        truth.report(file[:-4], compare(problem + options, head, rows, 1e-8 if name == "masha2_topk_g0.4" else 1e-10, name))

for file in sorted(os.listdir(root + "/traj") if os.path.isdir(root + "/traj") else []):
    try:
        test(file)
    except FileNotFoundError as e:
        truth.skip(file[:-4], "there is no " + os.path.basename(e.filename))
truth.finish()
