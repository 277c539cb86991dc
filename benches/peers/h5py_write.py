"""Writing shards: our writer and h5py in turn, the same numbers, chunks and guarantees.

    python benches/peers/h5py_write.py PATH/TO/write_speed FOLDER [--samples 256] [--rounds 5]

Both write samples of 16 steps on a 128 x 128 grid one by one, a chunk a step, flush every 64 samples, then close, sync and rename the
file. Ours starts from f64, as solvers give them, and rounds; h5py gets f32 in the first column and rounds from f64 in the second.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time

import h5py
import numpy as np

N, STEPS = 128, 16


def write(folder, samples, dtype):
    values = np.sin(0.001 * np.arange(STEPS * N * N)).reshape(STEPS, N, N).astype(dtype)
    path, partial = folder / "speed_h5py.hdf5", folder / "speed_h5py.hdf5.partial"
    start = time.perf_counter()
    with h5py.File(partial, "w") as f:
        data = f.create_dataset("t0_fields/vorticity", (samples, STEPS, N, N), "f4", chunks=(1, 1, N, N))
        index = f.create_dataset("provenance/index", (samples,), "i8")
        for i in range(samples):
            data[i] = values.astype(np.float32) if dtype == np.float64 else values
            index[i] = i
            if (i + 1) % 64 == 0:
                f.flush()
        f.flush()
        before = time.perf_counter() - start
    handle = os.open(partial, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    os.rename(partial, path)
    seconds = time.perf_counter() - start
    path.unlink()
    megabytes = 4 * samples * STEPS * N * N / 1e6
    return {"rate": megabytes / seconds, "rate_before_sync": megabytes / before}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--samples", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    a = parser.parse_args()
    rows = {"ours": [], "h5py from f32": [], "h5py from f64": []}
    for _ in range(a.rounds):
        out = subprocess.run([a.program, a.folder, str(a.samples)], check=True, capture_output=True, text=True).stdout
        rows["ours"].append(json.loads(out))
        rows["h5py from f32"].append(write(a.folder, a.samples, np.float32))
        rows["h5py from f64"].append(write(a.folder, a.samples, np.float64))
    print(f"h5py {h5py.__version__}, HDF5 {h5py.version.hdf5_version}; medians of {a.rounds} rounds, {a.samples} samples of 1.05 MB")
    print("| writer | MB/s before the sync | MB/s with it |\n|---|---|---|")
    for name, runs in rows.items():
        middle = [statistics.median(r[key] for r in runs) for key in ("rate_before_sync", "rate")]
        print(f"| {name} | {middle[0]:.0f} | {middle[1]:.0f} |")


if __name__ == "__main__":
    main()
