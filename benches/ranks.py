"""One process with two threads against two processes with one thread each, on two cores: training samples per second.

    ./x bench ranks [--rounds 5] [--epochs 4]

The two take turns, each in a run folder of its own; the median over rounds of each run's median over its epochs, the first of which
is left out. Target: two ranks have at least 0.9 times the throughput of one.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

SOBOLEV = os.environ.get("SOBOLEV", "target/release/sobolev")

# Name, model, arguments of two ranks: samples are shared, or patches.
ROWS = [
    ("tfno, samples", ["--model", "tfno"], []),
    ("mg-tfno, samples", ["--model", "mg-tfno", "--levels", "1"], []),
    ("mg-tfno, patches", ["--model", "mg-tfno", "--levels", "1"], ["--patch-parallel", "2"]),
]


def run(command, environment=None):
    done = subprocess.run(command, env={**os.environ, **(environment or {})}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{done.stderr}")


def throughput(folder):
    lines = [json.loads(line) for line in (folder / "timing.jsonl").read_text().splitlines()]
    return statistics.median(line["samples_per_second"] for line in lines[1:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--samples", type=int, default=96)
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--batch", type=int, default=8)
    args = parser.parse_args()
    # Names of Open MPI 4 and of 5: more ranks than it counts cores, bound to none.
    launcher = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        data = folder / "data"
        run([SOBOLEV, "generate", "darcy", "--samples", str(args.samples), "--resolution", str(args.resolution),
             "--out", str(data), "--quiet"])
        print("| training | 1 rank, 2 threads | 2 ranks, 1 thread each | ratio |\n|---|---|---|---|")
        for name, model, shared in ROWS:
            one, two = [], []
            for turn in range(args.rounds):
                common = ["train", "--data", str(data), "--epochs", str(args.epochs), "--batch", str(args.batch),
                          "--device", "cpu", "--quiet", *model]
                out = folder / f"{name}-{turn}-1"
                run([SOBOLEV, *common, "--threads", "2", "--out", str(out)])
                one.append(throughput(out))
                out = folder / f"{name}-{turn}-2"
                run(["mpirun", "-n", "2", "--bind-to", "none", SOBOLEV, *common, *shared, "--threads", "1",
                     "--out", str(out)], launcher)
                two.append(throughput(out))
            one, two = statistics.median(one), statistics.median(two)
            print(f"| {name} | {one:.1f}/s | {two:.1f}/s | {two / one:.2f} |", flush=True)


main()
