#!/usr/bin/env python3
"""CPU time of a gradient of lm beside PyTorch in f32, on one thread each, and beside the rate of sgemm, in turns.

    tools/peer-lm.py path/to/laconic [REPEATS [WIDTHxDEPTHxHEADSxCONTEXTxBATCH...]]

laconic's time is that of `laconic bench round` for one client with BATCH windows; PyTorch's is that of the forward and the backward pass
over the same windows, with the same matrices; sgemm's rate is that of NumPy's product of two matrices of 512 x 512.  Each repeat measures
all three, one behind the other, and ratios are those of a repeat.  Operations are those of the products, of the whole T x T attention
among them: 6 (12 L D^2 + V D) + 12 L T D a symbol."""
import math
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
    sys.exit("peer-lm: Python has no PyTorch (Debian: python3-torch); nothing to compare with")
torch.set_num_threads(1)
nn = torch.nn
SYMBOLS = 65


class Block(nn.Module):
    def __init__(self, D, H, T):
        super().__init__()
        self.H, self.ln1, self.ln2 = H, nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out, self.up, self.down = nn.Linear(D, 3 * D), nn.Linear(D, D), nn.Linear(D, 4 * D), nn.Linear(4 * D, D)
        self.register_buffer("hidden", torch.triu(torch.ones(T, T, dtype=torch.bool), 1))

    def forward(self, x):
        B, T, D = x.shape
        q, k, v = (z.view(B, T, self.H, D // self.H).transpose(1, 2) for z in self.qkv(self.ln1(x)).split(D, 2))
        s = (q @ k.transpose(2, 3)) / math.sqrt(D // self.H)
        a = s.masked_fill(self.hidden, -math.inf).softmax(3)
        x = x + self.out((a @ v).transpose(1, 2).reshape(B, T, D))
        return x + self.down(nn.functional.gelu(self.up(self.ln2(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self, D, L, H, T):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(SYMBOLS, D), nn.Embedding(T, D)
        self.blocks = nn.Sequential(*[Block(D, H, T) for _ in range(L)])
        self.last, self.head = nn.LayerNorm(D), nn.Linear(D, SYMBOLS, bias=False)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, s):
        return self.head(self.last(self.blocks(self.wte(s) + self.wpe.weight)))


def torch_seconds(net, windows, least):
    begin, times = time.process_time(), 0
    while times == 0 or time.process_time() - begin < least:
        for p in net.parameters():
            p.grad = None
        nn.functional.cross_entropy(net(windows[:, :-1]).reshape(-1, SYMBOLS), windows[:, 1:].reshape(-1)).backward()
        times += 1
    return (time.process_time() - begin) / times


def gemm_rate(least):
    a, b = (np.random.rand(512, 512).astype(np.float32) for _ in range(2))
    begin, times = time.process_time(), 0
    while times == 0 or time.process_time() - begin < least:
        a @ b
        times += 1
    return times * 2 * 512 ** 3 / (time.process_time() - begin)


def laconic_seconds(laconic, spec, data, least):
    out = subprocess.run([laconic, "bench", "round", "--problem=" + spec, "--x0=auto", "--dataset=" + data, "--clients=1",
                          "--algorithm=gd:gamma=1e-6", "--up=identity", "--seconds=%g" % least],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = out.splitlines()
    row = lines[next(i for i, line in enumerate(lines) if line.startswith("case")) + 1]
    return 1e-6 * float(row.split("|")[1].split()[0])      # the column gradient, in us


def main():
    laconic, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    sizes = [tuple(int(v) for v in text.split("x")) for text in sys.argv[3:]] or [(128, 4, 4, 128, 8), (64, 4, 4, 64, 16)]
    print(f"CPU time of a gradient, medians of {repeats} and ranges; PyTorch {torch.__version__} / laconic, and laconic's rate / sgemm's")
    print(f"{'D, L, H, T, B':<20} {'torch ms':>9} {'laconic ms':>10} {'symbols/s':>9} {'ratio':>6} {'from':>5} {'to':>5} {'of sgemm':>8} "
          f"{'from':>5} {'to':>5}")
    for D, L, H, T, B in sizes:
        text = [(i * i * 7 + i * 13 + i // 64) % SYMBOLS for i in range(B * T + 1)]
        text[:SYMBOLS] = range(SYMBOLS)
        windows = torch.tensor([text[b * T:b * T + T + 1] for b in range(B)])
        net, spec = Model(D, L, H, T), f"lm:width={D},depth={L},heads={H},context={T},block={B * T + 1},holdout=0"
        flops = B * T * (6 * (12 * L * D * D + SYMBOLS * D) + 12 * L * T * D)
        with tempfile.NamedTemporaryFile() as data:
            data.write(bytes(v + 32 for v in text))
            data.flush()
            torch_seconds(net, windows, 0.2)
            times = [(torch_seconds(net, windows, 0.7), laconic_seconds(laconic, spec, data.name, 0.7), gemm_rate(0.3))
                     for _ in range(repeats)]
        mine, ratios = statistics.median(t[1] for t in times), sorted(t[0] / t[1] for t in times)
        shares = sorted(flops / t[1] / t[2] for t in times)
        print(f"{f'{D}, {L}, {H}, {T}, {B}':<20} {1e3 * statistics.median(t[0] for t in times):9.2f} {1e3 * mine:10.2f} "
              f"{B * T / mine:9.0f} {statistics.median(ratios):6.2f} {ratios[0]:5.2f} {ratios[-1]:5.2f} {statistics.median(shares):8.2f} "
              f"{shares[0]:5.2f} {shares[-1]:5.2f}", flush=True)


if __name__ == "__main__":
    main()
