#!/usr/bin/env python3
"""CPU time of a gradient of softmax and mlp beside NumPy (OpenBLAS) and PyTorch in f32, on one thread each, in pairs.

    tools/peer-mlp.py path/to/laconic [REPEATS]

LACONIC_DATA must have mnist.t.  One client has all 10 000 rows; the peers take them in one batch.  laconic's time is that of a round of gd,
its method and messages included, from the difference of a long and a short run.  A peer that is not installed is named."""
import gzip
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"      # before NumPy reads them

try:
    import numpy as np
except ImportError:
    sys.exit("peer-mlp: Python has no NumPy (Debian: python3-numpy); nothing to compare with")
try:
    import torch
    torch.set_num_threads(1)
except ImportError:
    torch = None

CASES = {"softmax": 0, "mlp:hidden=32": 32, "mlp:hidden=128": 128}


def find(name):
    for root in os.environ.get("LACONIC_DATA", "").split(":"):
        for folder, _, files in os.walk(root or "."):
            for ending in ("", ".gz"):
                if name + ending in files:
                    return os.path.join(folder, name + ending)
    sys.exit("peer-mlp: LACONIC_DATA has no " + name)


def idx(name, head):
    path = find(name)
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        return np.frombuffer(f.read()[head:], np.uint8)


def start(hidden):
    draw = np.random.default_rng(1)
    sizes = [784, hidden, 10] if hidden else [784, 10]
    return [(draw.normal(0, 0.05, (o, i)).astype(np.float32), np.zeros(o, np.float32)) for i, o in zip(sizes, sizes[1:])]


def gradient_numpy(layers, rows, onehot):
    below = [rows]
    for at, (w, b) in enumerate(layers):
        z = below[-1] @ w.T + b
        below.append(np.tanh(z) if at + 1 < len(layers) else z)
    p = np.exp(below[-1] - below[-1].max(1, keepdims=True))
    delta = (p / p.sum(1, keepdims=True) - onehot) / np.float32(len(rows))
    gradient = []
    for at in range(len(layers) - 1, -1, -1):
        gradient.append((delta.T @ below[at], delta.sum(0)))
        if at:
            delta = (delta @ layers[at][0]) * (1 - below[at] ** 2)
    return gradient


def numpy_peer(hidden, rows, labels):
    layers, onehot = start(hidden), np.eye(10, dtype=np.float32)[labels]
    return lambda: gradient_numpy(layers, rows, onehot)


def torch_peer(hidden, rows, labels):
    layers = [(torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True)) for w, b in start(hidden)]
    a, y = torch.from_numpy(rows), torch.from_numpy(labels.astype(np.int64))

    def gradient():
        z = a
        for at, (w, b) in enumerate(layers):
            z = torch.nn.functional.linear(torch.tanh(z) if at else z, w, b)
        torch.nn.functional.cross_entropy(z, y).backward()
        for w, b in layers:
            w.grad = b.grad = None
    return gradient


def peer_seconds(gradient):
    begin = time.process_time()
    gradient()
    return time.process_time() - begin


def run_seconds(laconic, spec, rounds, out):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([laconic, "run", "--problem=" + spec, "--x0=normal:scale=0.05", "--dataset=mnist.t", "--clients=1",
                    "--algorithm=gd:gamma=0.01", f"--rounds={rounds}", f"--eval={rounds}", "-o", out, "--force"],
                   check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def laconic_seconds(laconic, spec, out):
    few, many = 2, 22
    return (run_seconds(laconic, spec, many, out) - run_seconds(laconic, spec, few, out)) / (many - few)


def main():
    laconic, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    rows = idx("t10k-images-idx3-ubyte", 16).reshape(-1, 784).astype(np.float32) / np.float32(255)
    labels = idx("t10k-labels-idx1-ubyte", 8)
    if not torch:
        print("# PyTorch is not installed (Debian: python3-torch): NumPy alone")
    print(f"CPU time of a gradient, medians of {repeats}; the last two columns are peer / laconic")
    print(f"{'problem':<16} {'peer':<6} {'peer ms':>8} {'f64 ms':>7} {'f32 ms':>7} {'f64':>5} {'f32':>5}")
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "peer.h5")
        for spec, hidden in CASES.items():
            peers = {"numpy": numpy_peer(hidden, rows, labels)}
            if torch:
                peers["torch"] = torch_peer(hidden, rows, labels)
            for peer, gradient in peers.items():
                gradient()
                times = []
                for _ in range(repeats):
                    f32 = spec + ("," if ":" in spec else ":") + "real=f32"
                    times.append((peer_seconds(gradient), laconic_seconds(laconic, spec, out), laconic_seconds(laconic, f32, out)))
                median = [1e3 * statistics.median(column) for column in zip(*times)]
                ratio = [statistics.median(t[0] / t[k] for t in times) for k in (1, 2)]
                print(f"{spec:<16} {peer:<6} {median[0]:8.1f} {median[1]:7.1f} {median[2]:7.1f} {ratio[0]:5.2f} {ratio[1]:5.2f}",
                      flush=True)


if __name__ == "__main__":
    main()
