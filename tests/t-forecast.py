#!/usr/bin/python3
"""What a run is said to take against what it took: the forecast is never less than the peak of its ranks, and not twice as much.  TAP.
All cases with LACONIC_SLOW, nine without."""
import os, re, shutil, subprocess, sys
sys.dont_write_bytecode = True
import truth
from truth import laconic, mpiexec, ok

if b"libasan" in subprocess.run(["ldd", laconic], capture_output=True).stdout:
    truth.skip_all("the sanitizer takes memory of its own")
os.chdir(truth.folder.name)

def write(name, rows, features, step, value):
    with open(name, "w") as f:
        for i in range(rows):
            f.write("%d " % (i % 2) + " ".join("%d:%s" % (k, value(i, k)) for k in range(1 + i % step, features, step)) + "\n")

write("sparse", 40000, 600, 5, lambda i, k: "0.%d" % (100000 + (7919 * i + k) % 900000))
write("ones", 60000, 600, 5, lambda i, k: "1")
write("dense", 8000, 300, 1, lambda i, k: "0.%d" % (1 + (i * k) % 97))

# A process counts what its parent had when it started it: a parent that is small.
measure = """import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
status, usage = os.wait4(pid, 0)[1:]
print(usage.ru_maxrss)
sys.exit(status != 0)"""

def run(ranks, words):
    """Bytes: the peak of the largest rank, and the forecast."""
    start = [mpiexec, "-n", str(ranks)] if ranks > 1 else []
    command = start + [laconic, "run", "--force", "-o", "r.h5"] + words.split()
    done = subprocess.run([sys.executable, "-SEc", measure] + command, stdout=subprocess.PIPE)
    peak, status = int(done.stdout), done.returncode
    shown = subprocess.run([laconic, "show", "r.h5"], capture_output=True, text=True).stdout
    said = re.search(r"memory_forecast +(\d+)", shown)
    return (peak * 1024, int(said.group(1))) if status == 0 and said else (0, 0)

gd, ef21 = "--rounds=2 --algorithm=gd:gamma=0.1", "--rounds=4 --algorithm=ef21:gamma=0.1 --up=topk:k=1%"
wide, many = "--problem=quadratic:d=1000001 --clients=10 ", "--problem=quadratic:d=3001 --clients=3000 "
logreg = "--problem=logreg --clients=10 " + gd + " --dataset="
cases = [      # ranks, options
    (1, wide + gd), (1, wide + ef21), (1, wide + ef21 + " --checkpoint=2"), (1, many + ef21), (1, many + ef21 + " --checkpoint=2"),
    (1, "--problem=quadratic:d=1000000,kind=isotropic --clients=10 --rounds=2 --algorithm=diana:gamma=0.1 --up=randk:k=1%"),
    (1, logreg + "synthetic:rows=2000,d=1000"), (1, logreg + "synthetic:rows=20000,d=1000,density=0.05"),
    (1, logreg + "synthetic:rows=30000,d=1000,density=0.05,features=binary"),
    (1, logreg + "sparse"), (1, logreg + "sparse --split=shuffled"), (1, logreg + "ones"), (1, logreg + "dense --split=dirichlet"),
    (1, logreg + "sparse:normalise=standard"), (1, logreg + "dense:normalise=features"),
    (1, "--problem=logreg --dataset=synthetic:rows=2,d=200000,density=0.0001 --clients=2 --rounds=1 --algorithm=gd"),
    (1, "--problem=softmax --dataset=synthetic:rows=10,d=40000,classes=20 --clients=2 " + gd),
    (1, "--problem=softmax --dataset=fedprox:d=600 --clients=60 " + gd),
    (1, "--problem=mlp:hidden=1000 --x0=glorot --dataset=synthetic:rows=10,d=1000 --clients=2 " + gd),
    (1, "--problem=mlp:hidden=1000 --x0=glorot --dataset=synthetic:rows=10,d=1000,density=0.01 --clients=2 " + gd),
    (1, "--problem=mlp:hidden=8,epsilon=0.1 --x0=glorot --dataset=synthetic:rows=32,d=60000 --clients=2 " + gd),
    (1, "--problem=mlp:hidden=8,epsilon=0.1,real=f32 --x0=glorot --dataset=synthetic:rows=32,d=200000,density=0.01 --clients=2 " + gd),
    (1, "--problem=bilinear:half=1200 --clients=6 --rounds=1 --algorithm=extragradient:gamma=0.1 --optimum=none"),
    (1, "--problem=quadratic:d=10 --clients=2 --rounds=200000 --algorithm=gd:gamma=0.1"),
    (1, logreg + "sparse --test-dataset=ones"), (1, logreg + "sparse --test-dataset=dense"),
    (1, logreg + "dense:d=600 --test-dataset=sparse"),
    (1, "--problem=softmax --clients=10 " + gd + " --dataset=dense:d=600 --test-dataset=ones"),
    (2, wide + gd), (2, wide + ef21), (2, many + ef21 + " --checkpoint=2"), (2, logreg + "sparse --split=shuffled"),
    (1, "--problem=polmatrix:houses=1200 --clients=6 --rounds=1 --algorithm=extragradient:gamma=0.1"),
    (1, "--problem=robust_logreg --dataset=sparse --clients=10 --rounds=1 --algorithm=extragradient:gamma=0.1 --optimum=none"),
    (1, "--problem=robust_lsq:beta=10 --dataset=synthetic:rows=30,d=1000 --clients=2 --rounds=1 --algorithm=masha1:gamma=0.1"),
]
quick = (4, 6, 9, 13, 17, 18, 20, 25, 29)
if not os.environ.get("LACONIC_SLOW"):
    cases = [cases[k] for k in quick]
small = {ranks: run(ranks, "--rounds=2")[0] for ranks in (1, 2)}
for ranks, words in cases:
    if ranks > 1 and not shutil.which(mpiexec):
        truth.skip("%d ranks" % ranks, "no " + mpiexec)
        continue
    peak, said = run(ranks, words)
    took = peak - small[ranks]
    ok(peak and took <= said <= 2 * max(took, 30e6), "%d MB of %d: %d x %s" % (took / 1e6, said / 1e6, ranks, words))
truth.finish()
