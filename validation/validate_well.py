#!/usr/bin/env python3
"""Do the readers of The Well accept a data set written by `sobolev generate`, and see the same numbers?

    python validation/validate_well.py FOLDER... [--checker check_thewell_formatting.py]

FOLDER holds data/{train,valid,test} and stats.yaml. Checks, for each folder:

1. every file against the rules of The Well's format page and of its own checker (rewritten here; `--checker` also runs the
   original, which is part of The Well's repository but not of its pip package);
2. stats.yaml against sums taken here in f64;
3. `the_well.data.WellDataset`, with normalisation on: number of samples, shapes, values;
4. neuraloperator's `TheWellDataset`: loads, gives the same inputs and targets, and its normaliser has one entry per channel.

Exit code 0: all passed; 1: a check failed (printed); 2: bad usage.
"""

import argparse
import contextlib
import io
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import yaml

SPLITS = ("train", "valid", "test")


class Failure(Exception):
    """A check that did not hold."""


def require(condition, message):
    if not condition:
        raise Failure(message)


def is_bool(value):
    return isinstance(value, (bool, np.bool_))


def flags(obj, name):
    """The pair of booleans that every dataset and boundary group carries."""
    for key in ("sample_varying", "time_varying"):
        require(key in obj.attrs, f"{name}: attribute {key} is missing")
        require(is_bool(obj.attrs[key]), f"{name}: {key} is {type(obj.attrs[key]).__name__}, expected bool")
    return bool(obj.attrs["sample_varying"]), bool(obj.attrs["time_varying"])


def strings(obj, key, name):
    require(key in obj.attrs, f"{name}: attribute {key} is missing")
    values = obj.attrs[key]
    require(isinstance(values, np.ndarray), f"{name}: {key} is no list")
    require(all(isinstance(v, str) for v in values), f"{name}: {key} holds {values!r}, expected str")
    return list(values)


def check_root(f):
    for key, kind in [("dataset_name", str), ("grid_type", str), ("n_spatial_dims", np.integer),
                      ("n_trajectories", np.integer)]:
        require(key in f.attrs, f"root attribute {key} is missing")
        require(isinstance(f.attrs[key], kind), f"root attribute {key} is {type(f.attrs[key]).__name__}")
    for parameter in strings(f, "simulation_parameters", "root"):
        require(parameter in f.attrs, f"parameter {parameter} is no root attribute")
        require(parameter in f["scalars"], f"parameter {parameter} is no scalar")


def check_dimensions(f):
    dims = f["dimensions"]
    axes = strings(dims, "spatial_dims", "dimensions")
    require(len(axes) == f.attrs["n_spatial_dims"] > 0, f"{len(axes)} axes, n_spatial_dims {f.attrs['n_spatial_dims']}")
    require(flags(dims["time"], "time") == (False, True), "time: expected sample_varying False, time_varying True")
    require(dims["time"].ndim == 1, "time: expected one axis")
    for axis in axes:
        require(axis in dims, f"axis {axis} is missing")
        require(not flags(dims[axis], axis)[1], f"{axis} varies in time")
        require(np.all(np.diff(dims[axis][:]) > 0), f"{axis}: coordinates do not increase")
    return axes


def check_fields(f, axes):
    sizes = [f["dimensions"][a].shape[-1] for a in axes]
    for order in range(3):
        group = f[f"t{order}_fields"]
        names = strings(group, "field_names", group.name)
        require(sorted(names) == sorted(group), f"{group.name}: field_names {names}, members {sorted(group)}")
        for name in names:
            data = group[name]
            sample, time = flags(data, name)
            varying = data.attrs["dim_varying"]
            require(len(varying) == len(axes) and is_bool(varying[0]), f"{name}: dim_varying {varying!r}")
            expected = [f.attrs["n_trajectories"]] if sample else []
            expected += [f["dimensions/time"].shape[-1]] if time else []
            expected += [n for n, v in zip(sizes, varying) if v] + [len(axes)] * order
            require(list(data.shape) == expected, f"{name}: shape {data.shape}, expected {expected}")
            require(data.dtype == np.float32, f"{name}: {data.dtype}, expected float32")
            require(np.isfinite(data[:]).all(), f"{name}: not finite")
            if order == 2:
                require(is_bool(data.attrs["symmetric"]) and is_bool(data.attrs["antisymmetric"]), f"{name}: symmetry")


def check_scalars_and_boundaries(f, axes):
    scalars = f["scalars"]
    for name in strings(scalars, "field_names", "scalars"):
        require(scalars[name].ndim == sum(flags(scalars[name], name)), f"scalar {name}: shape {scalars[name].shape}")
    covered = set()
    for key, group in f["boundary_conditions"].items():
        lead = sum(flags(group, key))
        require(group.attrs["bc_type"] in ("WALL", "OPEN", "PERIODIC"), f"{key}: bc_type {group.attrs['bc_type']}")
        strings(group, "associated_fields", key)
        dims = strings(group, "associated_dims", key)
        require(len(dims) > 0, f"{key}: no associated_dims")
        mask = group["mask"]
        require(mask.dtype == bool, f"{key}: mask is {mask.dtype}")
        for i, dim in enumerate(dims):
            require(dim in axes, f"{key}: unknown axis {dim}")
            require(mask.shape[lead + i] == f["dimensions"][dim].shape[-1], f"{key}: mask {mask.shape}")
        covered.update(dims)
    require(covered == set(axes), f"boundary conditions on {sorted(covered)}, axes {axes}")


def check_file(path):
    with h5py.File(path, "r") as f:
        check_root(f)
        axes = check_dimensions(f)
        check_fields(f, axes)
        check_scalars_and_boundaries(f, axes)


def read_split(folder, split):
    """All fields of a split, {name: (order, time_varying, array)}, straight from h5py."""
    fields = {}
    for path in sorted((folder / "data" / split).glob("*.hdf5")):
        with h5py.File(path, "r") as f:
            for order in range(3):
                for name in f[f"t{order}_fields"].attrs["field_names"]:
                    data = f[f"t{order}_fields"][name]
                    entry = fields.setdefault(name, (order, bool(data.attrs["time_varying"]), []))
                    entry[2].append(data[:])
    return {name: (order, time, np.concatenate(parts)) for name, (order, time, parts) in fields.items()}


def check_stats(folder, train):
    stats = yaml.safe_load((folder / "stats.yaml").read_text())
    worst = 0.0
    for name, (order, time, data) in train.items():
        data = data.astype(np.float64)
        axes = tuple(range(data.ndim - order))
        deltas = np.diff(data, axis=1) if time and data.shape[1] > 1 else None
        for key, values in [("", data), ("_delta", deltas)]:
            if key and not time:
                require(name not in stats["mean_delta"], f"stats.yaml: constant field {name} has a delta")
                continue
            for measure, function in [("mean", np.mean), ("std", np.std),
                                      ("rms", lambda v, axis: np.sqrt(np.mean(v * v, axis=axis)))]:
                got = np.array(stats[measure + key][name])
                want = np.zeros(got.shape) if values is None else function(values, axis=axes)
                require(got.shape == want.shape, f"stats.yaml: {measure}{key} of {name} has shape {got.shape}")
                scale = 1.0 if values is None else np.sqrt(np.mean(values * values)) + 1e-300
                worst = max(worst, float(np.max(np.abs(got - want)) / scale))
    require(worst < 1e-10, f"stats.yaml differs from numpy by {worst:.1e}")
    return stats, worst


def flattened(fields, constant, sample, steps):
    """Channels as the readers order them: t0, t1, t2, components last; the time axis first for solutions."""
    parts = []
    for order in range(3):
        for rank, time, data in fields.values():
            if rank == order and time != constant:
                values = data[sample] if constant else data[sample][steps]
                parts.append(values.reshape(values.shape[: values.ndim - order] + (-1,)))
    return np.concatenate(parts, axis=-1) if parts else None


def windows(fields):
    """(n_steps_input, n_steps_output, stored steps)."""
    steps = max((data.shape[1] for _, time, data in fields.values() if time), default=1)
    return (0, 1, steps) if steps == 1 else (2, 1, steps)


def check_well_dataset(folder, split, fields, normalise):
    from the_well.data import WellDataset
    from the_well.data.normalization import ZScoreNormalization

    n_in, n_out, steps = windows(fields)
    dataset = WellDataset(path=str(folder), well_split_name=split, n_steps_input=n_in, n_steps_output=n_out,
                          use_normalization=normalise, normalization_type=ZScoreNormalization)
    samples = len(next(iter(fields.values()))[2])
    per_sample = steps - (n_in + n_out - 1)
    require(len(dataset) == samples * per_sample, f"WellDataset has {len(dataset)} items")
    for index in {0, len(dataset) // 2, len(dataset) - 1}:
        sample, t0 = divmod(index, per_sample)
        item = dataset[index]
        wanted = [("output_fields", False, slice(t0 + n_in, t0 + n_in + n_out))]
        wanted += [("input_fields", False, slice(t0, t0 + n_in))] if n_in else []
        wanted += [("constant_fields", True, None)]
        for key, constant, part in wanted:
            want = flattened(fields, constant, sample, part)
            if want is None:
                continue
            got = item[key].numpy()
            require(got.shape == want.shape, f"{key}: shape {got.shape}, expected {want.shape}")
            if normalise:
                require(np.isfinite(got).all() and np.abs(got).max() < 100, f"{key}: normalised values out of range")
            else:
                require(np.array_equal(got, want), f"{key} of item {index} differs from the file")
    return len(dataset)


def check_neuraloperator(folder, fields):
    from neuralop.data.datasets.the_well_dataset import TheWellDataset

    n_in, n_out, _ = windows(fields)
    with tempfile.TemporaryDirectory() as root, contextlib.redirect_stdout(io.StringIO()):
        (Path(root) / "datasets").mkdir()
        (Path(root) / "datasets" / folder.name).symlink_to(folder.resolve())
        loaded = TheWellDataset(Path(root), folder.name, n_steps_input=n_in, n_steps_output=n_out, download=False)
        train, test = len(loaded.train_db), len(loaded.test_dbs["next_step"])
        item = loaded.train_db[0]
    want = flattened(fields, False, 0, slice(n_in, n_in + n_out))
    require(np.array_equal(item["output_fields"].numpy(), want), "neuraloperator: target of item 0 differs")
    constant = flattened(fields, True, 0, None)
    require(constant is None or np.array_equal(item["constant_fields"].numpy(), constant), "neuraloperator: constants")
    channels = loaded.data_processor.data_normalizer.mean.shape[1]
    require(channels == want.shape[-1], f"neuraloperator's normaliser has {channels} channels, data {want.shape[-1]}")
    return train, test


def validate(folder, checker):
    files = sorted(path for split in SPLITS for path in (folder / "data" / split).glob("*.hdf5"))
    require(files, f"no data/*/*.hdf5 in {folder}")
    for path in files:
        check_file(path)
        if checker:
            run = subprocess.run([sys.executable, checker, str(path)], capture_output=True, text=True, check=False)
            require(run.returncode == 0, f"the official checker refuses {path}:\n{run.stderr}")
    print(f"  {len(files)} files follow the format" + (", the official checker agrees" if checker else ""))
    present = {split: read_split(folder, split) for split in SPLITS if (folder / "data" / split).is_dir()}
    _, worst = check_stats(folder, next(iter(present.values())))
    print(f"  stats.yaml equals numpy's sums to {worst:.0e}")
    for split, fields in present.items():
        items = check_well_dataset(folder, split, fields, normalise=False)
        check_well_dataset(folder, split, fields, normalise=True)
        print(f"  the_well.WellDataset reads {split}: {items} items, values equal, normalisation finite")
    if "train" in present and "test" in present:
        train, test = check_neuraloperator(folder, present["train"])
        print(f"  neuralop.TheWellDataset reads {train} training and {test} test items, values equal")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--checker", help="The Well's scripts/check_thewell_formatting.py")
    arguments = parser.parse_args()
    failed = False
    for folder in arguments.folder:
        print(folder)
        try:
            validate(folder, arguments.checker)
        except (Failure, KeyError, OSError) as error:
            print(f"  FAILED: {error!r}" if isinstance(error, KeyError) else f"  FAILED: {error}")
            failed = True
    print("FAILED" if failed else "all passed")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
