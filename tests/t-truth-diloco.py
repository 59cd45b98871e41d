#!/usr/bin/python3
"""Trajectories computed elsewhere: DiLoCo and Streaming DiLoCo, LACONIC_TRUTH/diloco.  TAP."""
import csv, os, re, subprocess, sys, tempfile

def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)

truth = os.environ.get("LACONIC_TRUTH")
if not truth:
    skip_all("LACONIC_TRUTH is not set")
truth = os.path.join(truth, "diloco")
if not os.path.isdir(truth):
    skip_all("LACONIC_TRUTH has no folder diloco")
try:
    import h5py
except ImportError:
    skip_all("no python3-h5py")

laconic = os.environ.get("LACONIC", "./laconic")
folder = tempfile.TemporaryDirectory()

def table(name):
    return list(csv.reader(open("%s/%s" % (truth, name))))

def write(name, lines):
    path = os.path.join(folder.name, name)
    with open(path, "w") as f:
        f.writelines(line + "\n" for line in lines)
    return path

rows = table("data_A.csv")[1:]
data = write("A.libsvm", ["%s %s" % (r[1], " ".join("%d:%s" % (j + 1, v) for j, v in enumerate(r[2:]))) for r in rows])
x0 = write("x0", [r[0] for r in table("theta0_A.csv")[1:]])
common = ["--problem=logreg:reg=l2,lambda=0.01", "--dataset=%s:d=12" % data, "--clients=4", "--x0=file:path=" + x0, "--rounds=36"]

def method(name):
    """Options of the run, from its name, or None."""
    m = re.match(r"(diloco_H(?P<H>\d+)|stream_(?P<stream>.*?))(_olr04)?(?P<fp4>_fp4)?$", name)
    if not m:
        return None
    spec = "diloco:H=%s,lr=0.02,beta1=0.9,beta2=0.95,eps=1e-8,wd=0.1,mu=0.9,eta_o=%s" % (
        m["H"] or "6", "0.4" if "_olr04" in name else "0.7")
    if m["stream"]:
        s = m["stream"]
        tau, alpha = re.search(r"tau(\d+)", s), re.search(r"_a(\d)(\d)", s)
        spec += ",fragments=3,layer=2,spacing=2,pattern=" + ("sequential" if "seq" in s else "strided")
        spec += ",tau=" + (tau[1] if tau else "0")
        spec += ",alpha=" + ("1" if "alpha1" in s else "%s.%s" % (alpha[1], alpha[2]) if alpha else "0")
        spec += ",first=" + ("partial" if "partialfirst" in s else "full")
    return ["--algorithm=" + spec, "--up=" + ("fp4" if m["fp4"] else "identity")], m["fp4"]

def compare(options, rows, head, ranks):
    out = os.path.join(folder.name, "out.h5")
    start = [os.environ.get("MPIEXEC", "mpiexec.mpich"), "-n", str(ranks)] if ranks > 1 else []
    done = subprocess.run(start + [laconic, "run", *common, *options, "-o", out, "--force"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        return done.stderr.strip()
    with h5py.File(out) as file:
        f, x, digest = file["trace/f"][:], file["final/x"][:], file.attrs["digest"]
    at, g0 = head.index("F_global"), head.index("G0")
    for row in rows:
        t = int(row[0])
        if not abs(f[t] - float(row[at])) <= 1e-9 * abs(float(row[at])):
            return "step %d: F is %.17g, not %s" % (t, f[t], row[at])
    gap = max(abs(a - float(b)) / max(1e-3, abs(float(b))) for a, b in zip(x, rows[-1][g0:g0 + len(x)]))
    if gap > 1e-9:
        return "the final anchor differs by %.1e" % gap
    digests.setdefault(" ".join(options), digest)
    return None if digests[" ".join(options)] == digest else "another digest on %d ranks" % ranks

have_fp4 = "fp4" in subprocess.run([laconic, "list", "compressors"], stdout=subprocess.PIPE, text=True).stdout
digests = {}
count = failed = 0
for file in sorted(os.listdir(truth)):
    found = method(file[:-4]) if file.endswith(".csv") and not file.endswith("_codes.csv") else None
    if not found or (found[1] and not have_fp4):
        continue
    head, *rows = table(file)
    for ranks in (1, 2):
        why = compare(found[0], rows, head, ranks)
        count += 1
        failed += why is not None
        print("%s %d - %s, %d ranks%s" % ("not ok" if why else "ok", count, file[:-4], ranks, ": " + why if why else ""))
print("1..%d" % count)
sys.exit(failed > 0)
