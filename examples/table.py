#!/usr/bin/env python3
"""A result file as a table: table.py FILE.h5 [ROWS]"""
import sys
import h5py
import numpy as np

if len(sys.argv) < 2:
    sys.exit(__doc__)
with h5py.File(sys.argv[1], "r") as result:
    trace = {name: result["trace"][name][:] for name in ("round", "bits_up", "f", "grad_norm_sq")}
    print(result["config"].attrs["algorithm"], "with", result["config"].attrs["up"], "ended:", result.attrs.get("reason", "running"))
    print("".join(f"{name:>25}" for name in trace))
    last = len(trace["round"]) - 1
    for row in np.unique(np.linspace(0, last, int(sys.argv[2]) if len(sys.argv) > 2 else 6).astype(int)):
        print("".join(f"{column[row]:25.17g}" for column in trace.values()))
