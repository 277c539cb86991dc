"""What the scripts of this folder share: reading a data set as its users do, distances, and a table with bounds."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np


@dataclass
class Samples:
    """The first samples of one split, in f64. Arrays are [sample, time?, z, y, x, components]."""

    name: str
    problem: str
    axes: dict
    time: np.ndarray
    fields: dict
    parameters: dict
    scalars: dict
    settings: dict

    @property
    def count(self):
        return len(next(iter(self.fields.values())))

    def extent(self, axis):
        """Length of a periodic axis: the spacing times the number of points."""
        x = self.axes[axis]
        return float((x[-1] - x[0]) * len(x) / (len(x) - 1))

    def value(self, name, sample=0):
        """A parameter: of this sample if it varies, else of the data set."""
        if name in self.scalars:
            return float(self.scalars[name][sample])
        if name in self.parameters:
            return float(self.parameters[name])
        known = sorted([*self.scalars, *self.parameters])
        raise SystemExit(f"{self.name}: no parameter '{name}'; there are {known}")


def load(folder, split="test", count=1):
    """Reads data/SPLIT/*.hdf5 of a folder that `sobolev generate` wrote, in the layout of The Well."""
    files = sorted((Path(folder) / "data" / split).glob("*.hdf5"))
    if not files:
        raise SystemExit(f"no data/{split}/*.hdf5 in {folder}")
    fields, scalars, samples = {}, {}, None
    for path in files:
        with h5py.File(path, "r") as f:
            if samples is None:
                config = json.loads(f.attrs["config_json"])
                axes = {str(a): f["dimensions"][a][:].astype(np.float64) for a in f["dimensions"].attrs["spatial_dims"]}
                parameters = {str(p): float(f.attrs[p]) for p in f.attrs["simulation_parameters"]}
                samples = Samples(str(f.attrs["dataset_name"]), str(f.attrs["pde"]), axes, f["dimensions/time"][:].astype(np.float64),
                                  fields, parameters, scalars, config.get("settings", config))
            for order in range(3):
                for name in f[f"t{order}_fields"].attrs["field_names"]:
                    fields.setdefault(str(name), []).append(f[f"t{order}_fields"][name][:count].astype(np.float64))
            for name in f["scalars"].attrs["field_names"]:
                if f["scalars"][name].ndim == 1:
                    scalars.setdefault(str(name), []).append(f["scalars"][name][:count].astype(np.float64))
    for store in (fields, scalars):
        for name, parts in store.items():
            store[name] = np.concatenate(parts)[:count]
    return samples


def distance(found, expected):
    """Relative L2 norm of the difference, over all entries."""
    scale = np.linalg.norm(np.ravel(expected))
    return float(np.linalg.norm(np.ravel(found) - np.ravel(expected)) / (scale if scale > 0 else 1.0))


@dataclass
class Table:
    """Rows `what | measured | bound`; a row above its bound (or not a number) fails the script."""

    title: str
    rows: list = field(default_factory=list)

    def add(self, what, measured, bound):
        good = bool(np.isfinite(measured) and measured <= bound)
        self.rows.append((what, measured, bound, good))
        return good

    def finish(self):
        """Prints the table; the exit code: 0 all within bounds, 1 not."""
        width = max([len(w) for w, *_ in self.rows] + [len("comparison")])
        print(self.title)
        print(f"{'comparison':{width}} | relative L2 | bound")
        for what, measured, bound, good in self.rows:
            print(f"{what:{width}} | {measured:11.2e} | {bound:7.1e}{'' if good else '  FAILED'}")
        failed = not self.rows or not all(good for *_, good in self.rows)
        print("FAILED" if failed else "all within bounds")
        sys.stdout.flush()
        return int(failed)
