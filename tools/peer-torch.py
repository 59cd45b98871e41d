#!/usr/bin/env python3
"""CPU time of a round with local steps beside PyTorch in f32, on one thread each, in pairs.

    tools/peer-torch.py path/to/laconic [REPEATS]

FedAvg, and SCAFCOM with Top-1 %, on a network of 784-200-200-10 units with ReLU: 200 clients, of which 20 are sampled, 10 local steps,
batches of 32 images of mnist.t, which LACONIC_DATA must have.  Both start from the same law and draw their own samples and batches.  A
time is that of a long run less that of a short one, so that reading the data is not in it.  PyTorch writes no messages; laconic's are
coded, and the coded ones are what the server reads."""
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
    import torch
except ImportError:
    sys.exit("peer-torch: Python has no NumPy or no PyTorch (Debian: python3-torch); nothing to compare with")
torch.set_num_threads(1)

CLIENTS, SAMPLED, K, BATCH, ETA, BETA, SHARE = 200, 20, 10, 32, 0.05, 0.2, 0.01
SIZES = (784, 200, 200, 10)
PROBLEM = "mlp:hidden=200,hidden2=200,activation=relu"
F32 = ",precision=f32"
METHODS = {"fedavg": ("fedavg:eta=%g,K=%d" % (ETA, K), "identity"),
           "scafcom": ("scafcom:eta=%g,K=%d,beta=%g" % (ETA, K, BETA), "topk:k=1%")}
FEW, MANY = 2, 12      # rounds


def read(name, head):
    for root in os.environ.get("LACONIC_DATA", "").split(":"):
        for folder, _, files in os.walk(root or "."):
            for ending in ("", ".gz"):
                if name + ending in files:
                    with (gzip.open if ending else open)(os.path.join(folder, name + ending), "rb") as f:
                        return np.frombuffer(f.read()[head:], np.uint8)
    sys.exit("peer-torch: LACONIC_DATA has no " + name)


class Peer:
    """One network whose parameters are views of a vector, and what the clients and the server keep."""

    def __init__(self, method):
        rows = torch.from_numpy(read("t10k-images-idx3-ubyte", 16).reshape(-1, 784).astype(np.float32) / np.float32(255))
        labels = torch.from_numpy(read("t10k-labels-idx1-ubyte", 8).astype(np.int64))
        self.shards = list(zip(rows.chunk(CLIENTS), labels.chunk(CLIENTS)))
        layers = []
        for i, o in zip(SIZES, SIZES[1:]):
            layers += [torch.nn.Linear(i, o), torch.nn.ReLU()]
        self.network, self.loss = torch.nn.Sequential(*layers[:-1]), torch.nn.CrossEntropyLoss()
        self.d = sum(p.numel() for p in self.network.parameters())
        self.y, self.g, at = torch.zeros(self.d), torch.zeros(self.d), 0
        for p in self.network.parameters():
            part = slice(at, at + p.numel())
            self.y[part] = p.data.reshape(-1)
            p.data, p.grad = self.y[part].view(p.shape), self.g[part].view(p.shape)
            at += p.numel()
        self.x, self.c = self.y.clone(), torch.zeros(self.d)
        keeps = CLIENTS if method == "scafcom" else 0
        self.ci, self.vi = torch.zeros(keeps, self.d), torch.zeros(keeps, self.d)
        self.round = getattr(self, method)

    def walk(self, i, control):
        """y after K steps from x."""
        rows, labels = self.shards[i]
        self.y.copy_(self.x)
        for _ in range(K):
            batch = torch.randperm(len(rows))[:BATCH]
            self.g.zero_()
            self.loss(self.network(rows[batch]), labels[batch]).backward()
            if control:
                self.g.sub_(self.ci[i]).add_(self.c)
            self.y.sub_(self.g, alpha=ETA)

    def fedavg(self):
        total = torch.zeros(self.d)
        for i in torch.randperm(CLIENTS)[:SAMPLED].tolist():
            self.walk(i, False)
            total += self.x - self.y
        self.x.sub_(total, alpha=1 / SAMPLED)

    def scafcom(self):
        total = torch.zeros(self.d)
        for i in torch.randperm(CLIENTS)[:SAMPLED].tolist():
            self.walk(i, True)
            mean = (self.x - self.y).div_(ETA * K).add_(self.ci[i]).sub_(self.c)
            self.vi[i].mul_(1 - BETA).add_(mean, alpha=BETA)
            delta = self.vi[i] - self.ci[i]
            kept = delta.abs().topk(int(SHARE * self.d))[1]
            self.ci[i][kept] += delta[kept]
            total[kept] += delta[kept]
        self.x.sub_(total / SAMPLED + self.c, alpha=ETA * K)
        self.c.add_(total, alpha=1 / CLIENTS)


def peer_seconds(peer):
    """Of a round."""
    begin = time.process_time()
    for _ in range(MANY - FEW):
        peer.round()
    return (time.process_time() - begin) / (MANY - FEW)


def children():
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def run_seconds(laconic, spec, method, rounds, out):
    before = children()
    subprocess.run([laconic, "run", "--problem=" + spec, "--x0=glorot", "--dataset=mnist.t", "--clients=%d" % CLIENTS,
                    "--algorithm=" + METHODS[method][0], "--up=" + METHODS[method][1], "--sample=uniform:s=%d" % SAMPLED,
                    "--batch=%d" % BATCH, "--rounds=%d" % rounds, "--eval=%d" % rounds, "--optimum=none", "-o", out, "--force"],
                   check=True, stdout=subprocess.DEVNULL)
    return children() - before


def laconic_seconds(laconic, spec, method, out):
    return (run_seconds(laconic, spec, method, MANY, out) - run_seconds(laconic, spec, method, FEW, out)) / (MANY - FEW)


def main():
    laconic, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print(f"CPU time of a round, medians of {repeats}; the last two columns are PyTorch / laconic, medians of pairs")
    print(f"{'method':<8} {'torch ms':>8} {'f64 ms':>7} {'f32 ms':>7} {'f64':>5} {'f32':>5}")
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "peer.h5")
        for method in METHODS:
            peer, times = Peer(method), []
            peer.round()
            for _ in range(repeats):
                times.append((peer_seconds(peer), laconic_seconds(laconic, PROBLEM, method, out),
                              laconic_seconds(laconic, PROBLEM + F32, method, out)))
            median = [1e3 * statistics.median(column) for column in zip(*times)]
            ratio = [statistics.median(t[0] / t[k] for t in times) for k in (1, 2)]
            print(f"{method:<8} {median[0]:8.1f} {median[1]:7.1f} {median[2]:7.1f} {ratio[0]:5.2f} {ratio[1]:5.2f}", flush=True)


if __name__ == "__main__":
    main()
