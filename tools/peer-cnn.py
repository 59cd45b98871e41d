#!/usr/bin/env python3
"""CPU time of a gradient of cnn beside PyTorch in f32, on one thread each, in pairs.

    tools/peer-cnn.py path/to/laconic [REPEATS [BATCH...]]

LACONIC_DATA must have mnist.t.  laconic's time is that of `laconic bench round` for one client with BATCH rows; PyTorch's is that of the
forward and the backward pass over the same rows.  Each repeat measures both, one behind the other, and the ratio is that of a repeat."""
import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"      # before PyTorch reads them

try:
    import numpy as np
    import torch
except ImportError:
    sys.exit("peer-cnn: Python has no PyTorch (Debian: python3-torch); nothing to compare with")
torch.set_num_threads(1)


def find(name):
    for root in os.environ.get("LACONIC_DATA", "").split(":"):
        for folder, _, files in os.walk(root or "."):
            for ending in ("", ".gz"):
                if name + ending in files:
                    return os.path.join(folder, name + ending)
    sys.exit("peer-cnn: LACONIC_DATA has no " + name)


def idx(name, head):
    path = find(name)
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        return np.frombuffer(f.read()[head:], np.uint8)


def network(kind):
    nn = torch.nn
    if kind == "fedavg":
        return nn.Sequential(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(),
                             nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10))
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def torch_seconds(net, images, labels, least):
    begin, times = time.process_time(), 0
    while times == 0 or time.process_time() - begin < least:
        for p in net.parameters():
            p.grad = None
        torch.nn.functional.cross_entropy(net(images), labels).backward()
        times += 1
    return (time.process_time() - begin) / times


def write_rows(path, pixels, labels):
    with open(path, "w") as f:
        for row, label in zip(pixels, labels):
            f.write("%d%s\n" % (label, "".join(" %d:%.9g" % (j + 1, row[j] / 255) for j in np.flatnonzero(row))))


def laconic_seconds(laconic, kind, data, least):
    out = subprocess.run([laconic, "bench", "round", "--problem=cnn:kind=" + kind, "--x0=normal:scale=0.05", "--dataset=%s:d=784" % data,
                          "--clients=1", "--algorithm=gd:gamma=1e-6", "--up=identity", "--seconds=%g" % least],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = out.splitlines()
    row = lines[next(i for i, line in enumerate(lines) if line.startswith("case")) + 1]
    return 1e-6 * float(row.split("|")[1].split()[0])      # the column gradient, in us


def main():
    laconic, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    batches = [int(b) for b in sys.argv[3:]] or [10, 50]
    pixels = idx("t10k-images-idx3-ubyte", 16).reshape(-1, 784)
    labels = idx("t10k-labels-idx1-ubyte", 8)
    print(f"CPU time of a gradient, medians of {repeats}; the last column is PyTorch {torch.__version__} / laconic")
    print(f"{'problem':<16} {'batch':>5} {'torch ms':>9} {'laconic ms':>10} {'images/s':>9} {'ratio':>6} {'from':>5} {'to':>5}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("fedavg", "lenet5"):
            for batch in batches:
                data = os.path.join(folder, "rows")
                write_rows(data, pixels[:batch], labels[:batch])
                images = torch.from_numpy(pixels[:batch].reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255))
                target, net = torch.from_numpy(labels[:batch].astype(np.int64)), network(kind)
                torch_seconds(net, images, target, 0.2)
                times = [(torch_seconds(net, images, target, 0.5), laconic_seconds(laconic, kind, data, 0.5)) for _ in range(repeats)]
                mine, ratios = statistics.median(t[1] for t in times), sorted(t[0] / t[1] for t in times)
                print(f"{'cnn:kind=' + kind:<16} {batch:5} {1e3 * statistics.median(t[0] for t in times):9.2f} {1e3 * mine:10.2f} "
                      f"{batch / mine:9.0f} {statistics.median(ratios):6.2f} {ratios[0]:5.2f} {ratios[-1]:5.2f}", flush=True)


if __name__ == "__main__":
    main()
