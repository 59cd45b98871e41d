#!/usr/bin/python3
"""Stochastic gradients grad f_i(x) + N(0, sigma^2/d I): their size, their independence, and that they average out.  TAP."""
import os, subprocess, sys
sys.dont_write_bytecode = True
import truth
from truth import laconic, ok

try:
    import numpy as np
    import h5py
except ImportError:
    truth.skip_all("no python3-h5py")

os.chdir(truth.folder.name)
d, sigma = 4000, 3.0

def final(noise, clients, *more):
    subprocess.run([laconic, "run", "-o", "r.h5", "--force", "--rounds=1", "--clients=%d" % clients, "--algorithm=gd:gamma=1",
                    "--problem=quadratic:d=%d,kind=isotropic,noise=%g" % (d, noise)] + list(more), check=True, capture_output=True)
    with h5py.File("r.h5") as f:
        return f["final/x"][:]

slack = 5 * np.sqrt(2 / d)
one, still = final(sigma, 1), final(0, 1)
noise = one - still
ok(abs((noise ** 2).sum() / sigma ** 2 - 1) < slack, "E |noise|^2 = sigma^2 (%.3f)" % ((noise ** 2).sum() / sigma ** 2))
ok(abs(noise.mean()) < 5 * sigma / d, "of mean 0")
many = final(sigma, 16) - final(0, 16)
ok(abs(16 * (many ** 2).sum() / sigma ** 2 - 1) < slack, "of 16 clients: a 16th of it (%.3f)" % (16 * (many ** 2).sum() / sigma ** 2))
ok((final(sigma, 1) == one).all(), "the same again")
other = final(sigma, 1, "--seed.batch=9") - still
ok(abs((other * noise).sum()) < 5 * sigma ** 2 / np.sqrt(d), "another seed of batches, another noise")
ok((final(sigma, 1, "--seed.noise=9", "--seed.sample=9") == one).all(), "other seeds do not touch it")

# law=skewed: three values for every pair of coordinates
skewed = final(sigma, 1, "--problem=quadratic:d=%d,kind=isotropic,noise=%g,law=skewed" % (d, sigma)) - still
s = sigma * np.sqrt(3 / (5 * d))
pairs = np.rint(-skewed / s).astype(int).reshape(-1, 2)      # x_1 = x_0 - (gradient + noise)
ok(np.abs(-skewed / s - pairs.ravel()).max() < 1e-6 and set(map(tuple, pairs)) == {(2, 0), (0, 1), (-2, -1)}, "law=skewed: three values")
shares = [np.mean((pairs == v).all(1)) for v in ((2, 0), (0, 1), (-2, -1))]
ok(max(abs(x - 1 / 3) for x in shares) < 5 * np.sqrt(2 / 9 / len(pairs)), "... equally often")
ok(abs((skewed ** 2).sum() / sigma ** 2 - 1) < slack, "... E |noise|^2 = sigma^2")
for law in "gauss", "skewed":
    mean = final(sigma, 1, "--problem=quadratic:d=%d,kind=isotropic,noise=%g,law=%s,draws=9" % (d, sigma, law)) - still
    ok(abs(9 * (mean ** 2).sum() / sigma ** 2 - 1) < slack, "law=%s, draws=9: a ninth of it" % law)
odd = subprocess.run([laconic, "run", "--problem=quadratic:d=3,noise=1,law=skewed"], capture_output=True, text=True)
ok(odd.returncode and "even d" in odd.stderr, "law=skewed with an odd d: %s" % odd.stderr.strip())

truth.finish()
