"""Results of laconic as pandas data frames.

    import laconic
    runs = laconic.frame("results/")       # a row a run: every option and constant, and the last row of its trace
    rows = laconic.traces("results/")      # a row a recorded round, of all runs, one below the other
    run = laconic.read("results/160174cafeccc738.h5")
    run.config["up"], run.trace["grad_norm_sq"], run.x

The columns of frame() have the names of `laconic table --json`: "algorithm", "ef21.gamma", "last.grad_norm_sq".  Those of traces() have
the names of /trace, behind "file"; traces(...).attrs["units"] says what they count ("bit", "call").  So the mean over seeds is

    runs.groupby(["algorithm", "up"])["last.grad_norm_sq"].agg(["mean", "std", "count"])
    rows = rows.merge(runs[["file", "algorithm", "up", "clients"]], on="file")
    rows.groupby(["algorithm", "up", "round"])["grad_norm_sq"].mean().unstack("round")

A path is a result, a folder of results, or a list of these.  Tables of `laconic bench` in a folder are passed over.  A file that is
damaged, no result, or of a run that has not ended is refused: laconic.Error, with one sentence.  Needs h5py and pandas.
"""
import os
import struct
from dataclasses import dataclass

import h5py
import numpy as np
import pandas as pd

__all__ = ["Error", "Result", "frame", "read", "traces"]


class Error(ValueError):
    """A file that cannot be read, in one sentence."""


@dataclass
class Result:
    """One run.  Numbers are int or float, and all else is str."""
    path: str
    about: dict            # attributes of the root: "digest", "config_digest", "reason", "laconic_version"
    config: dict           # every option, default or not, and the constants that were used
    timing: dict
    environment: dict
    trace: pd.DataFrame    # a row a recorded round; attrs["units"] and attrs["long_names"] by column
    x: np.ndarray          # the server's last iterate


# ---- the seal: XXH3 (64 bits) of all bytes before it, as harness/store/seal.c writes it ----

_SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
_P64 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
_P32 = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
_STRIPE, _BLOCK, _LEAST, _LOW = 64, 1024, 240, np.uint64(0xFFFFFFFF)      # of bytes; shorter inputs are hashed in another way
_KEYS = np.array([np.frombuffer(_SECRET, "<u8", 8, 8 * k) for k in range(_BLOCK // _STRIPE)])


def _gain(stripes, keys):
    """What stripes (..., stripe, 8) add to the eight accumulators; sums are modulo 2^64."""
    keyed = stripes ^ keys
    swapped = stripes.reshape(*stripes.shape[:-1], 4, 2)[..., ::-1].reshape(stripes.shape)
    return (swapped + (keyed & _LOW) * (keyed >> np.uint64(32))).sum(axis=-2, dtype=np.uint64)


def _xxh3(data):
    """XXH3_64bits of more than 240 bytes."""
    mask = (1 << 64) - 1
    acc = np.array([_P32[2], *_P64[:4], _P32[1], _P64[4], _P32[0]], np.uint64)
    blocks = (len(data) - 1) // _BLOCK
    scramble = np.frombuffer(_SECRET, "<u8", 8, 128)
    for gain in _gain(np.frombuffer(data, "<u8", blocks * 128).reshape(blocks, -1, 8), _KEYS):
        acc = acc + gain
        acc = (acc ^ (acc >> np.uint64(47)) ^ scramble) * np.uint64(_P32[0])
    rest = (len(data) - 1 - blocks * _BLOCK) // _STRIPE
    acc = acc + _gain(np.frombuffer(data, "<u8", rest * 8, blocks * _BLOCK).reshape(rest, 8), _KEYS[:rest])
    acc = acc + _gain(np.frombuffer(data, "<u8", 8, len(data) - _STRIPE).reshape(1, 8), np.frombuffer(_SECRET, "<u8", 8, 121))
    total = len(data) * _P64[0]
    for i, key in enumerate(np.frombuffer(_SECRET, "<u8", 8, 11).reshape(4, 2)):
        product = (int(acc[2 * i]) ^ int(key[0])) * (int(acc[2 * i + 1]) ^ int(key[1]))
        total += (product & mask) ^ (product >> 64)
    total &= mask
    total = ((total ^ (total >> 37)) * 0x165667919E3779F9) & mask
    return total ^ (total >> 32)


def _check_seal(path):
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as why:
        raise Error(f"{path}: {why.strerror}") from None
    body, seal = data[:-16], data[-16:]
    if len(body) <= _LEAST or seal[:8] != b"lacseal1":
        raise Error(f"{path} is not a whole file of laconic: cut short, changed by another program, or something else")
    if struct.unpack("<Q", seal[8:])[0] != _xxh3(body):
        raise Error(f"{path} is damaged or was changed: its checksum is wrong")


# ---- one file ----

def _texts(at):
    """Attributes, with numbers as numbers of Python."""
    values = {key: at.attrs[key] for key in at.attrs}
    return {key: value.item() if isinstance(value, np.generic) else value.decode() if isinstance(value, bytes) else value
            for key, value in values.items()}


def _trace(group):
    """Columns in the order of the file; counts are integers."""
    trace = pd.DataFrame({name: column[:].astype(np.int64) if column.dtype.kind == "u" else column[:] for name, column in group.items()})
    trace.attrs["units"] = {name: _texts(column).get("unit", "") for name, column in group.items()}
    trace.attrs["long_names"] = {name: _texts(column).get("long_name", "") for name, column in group.items()}
    return trace


def _open(path):
    """The result in a file; None: it is a table of laconic bench."""
    path = os.fspath(path)
    _check_seal(path)
    try:
        with h5py.File(path, "r") as file:
            if "bench" in file:
                return None
            if "trace" not in file or "config" not in file:
                raise Error(f"{path} is not a result of laconic: it has no /trace")
            about = _texts(file)
            if about.pop("complete", "0") != "1" or "final" not in file:
                raise Error(f"{path} is of a run that has not ended; finish it: the same laconic run with --resume or --force")
            groups = {name: _texts(file[name]) if name in file else {} for name in ("config", "timing", "environment")}
            return Result(path, about, trace=_trace(file["trace"]), x=file["final/x"][:], **groups)
    except (OSError, KeyError, ValueError, RuntimeError) as why:
        if isinstance(why, Error):
            raise
        raise Error(f"{path} is no result that can be read: {' '.join(str(why).split())}") from None


def read(file):
    """The result in one file.  Error: it is damaged, no result, or of a run that has not ended."""
    result = _open(file)
    if result is None:
        raise Error(f"{os.fspath(file)} is a table of laconic bench and no result of a run")
    return result


# ---- many ----

def _files(path):
    for one in [path] if isinstance(path, (str, os.PathLike)) else path:
        one = os.fspath(one)
        if not os.path.isdir(one):
            yield one
            continue
        names = sorted(name for name in os.listdir(one) if name.endswith(".h5") and not name.startswith("."))
        if not names:
            raise Error(f"there is no .h5 file in the folder {one}")
        yield from (os.path.join(one, name) for name in names)


def _results(path):
    some = False
    for file in _files(path):
        result = _open(file)
        if result is not None:
            some = True
            yield result
    if not some:
        raise Error(f"there is no result of a run in {path}")


def _is_hash(name):
    return name.endswith(("digest", "sha256", "_values", "_files"))


def _column(values, name):
    """Integers where all of them are, floats where all are numbers, else what they are; None where a run has none.  Results of laconic
    0.1.0 have numbers as texts."""
    if not _is_hash(name) and all(value is None or isinstance(value, (int, float)) or _number(value) is not None for value in values):
        values = [_number(value) if isinstance(value, str) else value for value in values]
        known = [value for value in values if value is not None]
        if known and all(isinstance(value, int) for value in known):
            return pd.Series(values, dtype="int64" if len(known) == len(values) else "Int64")
        return pd.Series([np.nan if value is None else value for value in values], dtype="float64")
    return pd.Series(values, dtype="object")


def _number(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return None


def _row(result):
    row = {"file": result.path, **result.about, **result.config}
    if "total" in result.timing:
        row["timing.total"] = result.timing["total"]
    for name in result.trace:
        row["last." + name] = result.trace[name].iloc[-1].item()
    return row


def frame(path):
    """A row a run: "file", every option and constant by its name with its type, "timing.total", and "last.COLUMN", the last row of each
    column of the trace.  What a run does not have is missing (NaN, <NA>, None).  Error: as read."""
    rows = [_row(result) for result in _results(path)]
    names = sorted({name for row in rows for name in row}, key=lambda name: (name != "file", name.startswith("last."), name))
    return pd.DataFrame({name: _column([row.get(name) for row in rows], name) for name in names})


def traces(path):
    """All traces one below the other: "file", "round", and the other columns of /trace.  attrs["units"] and attrs["long_names"] say what
    they are.  Error: as read."""
    parts, units, names = [], {}, {}
    for result in _results(path):
        trace = result.trace
        trace.insert(0, "file", result.path)
        units.update(trace.attrs["units"])
        names.update(trace.attrs["long_names"])
        trace.attrs = {}
        parts.append(trace)
    rows = pd.concat(parts, ignore_index=True)
    rows.insert(1, "round", rows.pop("round"))
    rows.attrs = {"units": units, "long_names": names}
    return rows
