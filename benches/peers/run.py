"""Runs the Rust benches and the Python peers alternately, and writes the table.

Ours and theirs take turns, each measurement in a process of its own, so that a machine that slows down slows down both.
Theirs runs twice in each round: as installed, and with glibc told to keep its memory.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import targets
from common import TUNED_MALLOC

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

STEPS = ["fno-train-64", "tfno-train-64", "fno-train-128", "tfno-train-128"]
STEPS += ["fno-infer-64", "tfno-infer-64", "fno-infer-128", "tfno-infer-128"]
STEPS += [f"tfno-train-128w64-{form}" for form in ("tucker", "cp", "tt")]
SPECTRAL = ["spectral-64", "spectral-128"]
CONV = [f"conv-{kind}{form}" for kind in ("zero", "circular", "reflect", "stride2", "transposed") for form in ("-forward", "")]
MGNO = ["mgno-train-64", "mgno-train-128", "mgno-infer-256"]
GROUPS = {"steps": STEPS, "spectral": SPECTRAL, "conv": CONV, "mgno": MGNO}
CONTRACT_RANKS = [1 / 150, 0.02, 0.05, 0.1, 0.25]
CONTRACT_SIZES = [(64, 64), (32, 16)]
SOLVERS = ["pde", "poisson", "amg", "wave"]
PARTS = [*GROUPS, "contract", "darcy", "darcy-421", *SOLVERS, "writing"]


def rust_executable(name, arguments):
    """Builds the target `name` of the workspace and returns the path of its executable."""
    command = ["cargo", *arguments, "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    messages = [json.loads(line) for line in lines if line.startswith("{")]
    # A bench is built together with the program that it stands beside: cargo names both.
    paths = [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == name]
    if not paths:
        sys.exit(f"no executable came out of: {' '.join(command)}")
    return paths[-1]


def measure(command, environment=None):
    """Runs a command and returns the last JSON object that it prints."""
    env = {**os.environ, **(environment or {})}
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout
    lines = [line for line in out.splitlines() if line.startswith("{")]
    if not lines:
        sys.exit(f"no JSON came out of: {' '.join(map(str, command))}")
    return json.loads(lines[-1])


def alternate(works, ours, theirs, rounds):
    """work -> column -> list of measurements."""
    results = {work: {"ours": [], "installed": [], "tuned": []} for work in works}
    for number in range(rounds):
        for work in works:
            for column, run in (
                ("ours", lambda: measure(ours(work))),
                ("installed", lambda: measure(theirs(work))),
                ("tuned", lambda: measure(theirs(work), TUNED_MALLOC)),
            ):
                results[work][column].append(run())
                best = results[work][column][-1]
                print(f"round {number + 1}: {work:16} {column:10} {best['median_ms']:9.2f} ms", file=sys.stderr, flush=True)
    return results


def step_table(results):
    """Median over rounds of the medians; least over rounds of the minima in brackets."""
    rows = [
        "| work | sobolev, ms | peer as installed, ms | ratio | with tuned malloc, ms | ratio | peak memory, MiB: ours / theirs |",
        "|---|---|---|---|---|---|---|",
    ]
    for work, columns in results.items():
        median = {c: statistics.median(m["median_ms"] for m in ms) for c, ms in columns.items()}
        least = {c: min(m["min_ms"] for m in ms) for c, ms in columns.items()}
        peak = {c: statistics.median(m["peak_rss_mib"] for m in ms) for c, ms in columns.items()}
        cell = {c: f"{median[c]:.1f} ({least[c]:.1f})" for c in columns}
        rows.append(
            f"| `{work}` | {cell['ours']} | {cell['installed']} | **{median['ours'] / median['installed']:.2f}** "
            f"| {cell['tuned']} | {median['ours'] / median['tuned']:.2f} "
            f"| {peak['ours']:.0f} / {peak['installed']:.0f} = {peak['ours'] / peak['installed']:.2f} |"
        )
    return rows


def darcy_table(samples, resolution, processes, python, solvers=("spsolve", "pyamg")):
    """Samples generated and written, ours against the solvers of the peers."""
    program = rust_executable("sobolev", ["build", "--release", "--bin", "sobolev"])
    rows = ["| generated and written | seconds | samples/s | our speed-up |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "generate", "darcy", "--samples", str(samples), "--resolution", str(resolution)]
        command += ["--threads", str(processes), "--quiet", "--out", f"{folder}/ours"]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        ours = time.perf_counter() - start
        rows.append(f"| sobolev | {ours:.2f} | {samples / ours:.1f} | 1 |")
        for solver in solvers:
            script = [python, str(HERE / "darcy_generate.py"), "--solver", solver, "--samples", str(samples)]
            script += ["--resolution", str(resolution), "--processes", str(processes), "--out", f"{folder}/{solver}.h5"]
            line = measure(script)
            rows.append(
                f"| scikit-fem + {solver} | {line['seconds']:.1f} | {line['samples_per_second']:.2f} "
                f"| **{line['seconds'] / ours:.1f}** |"
            )
    return rows


def contract_table(a):
    """Products of spectra with factorised weights, as multiples of the time of the dense product; ours alone, in turn."""
    bench = rust_executable("step", ["bench", "--bench", "step", "--no-run"])
    forms = ["tucker", "cp", "tt"]
    rows = ["| width, modes | pass | rank | dense, ms | Tucker | CP | tensor train |", "|---|---|---|---|---|---|---|"]
    for width, modes in CONTRACT_SIZES:
        for kind in ("contract-forward", "contract"):
            for rank in CONTRACT_RANKS:
                times = {form: [] for form in ["dense", *forms]}
                for _ in range(a.rounds):
                    for form, found in times.items():
                        command = [bench, "--work", f"{kind}-{form}", "--rank", str(rank), "--width", str(width)]
                        command += ["--modes", str(modes), "--threads", str(a.threads), "--seconds", str(a.seconds)]
                        found.append(measure(command)["median_ms"])
                middle = {form: statistics.median(found) for form, found in times.items()}
                what = "forward" if kind.endswith("forward") else "forward and backward"
                ratios = " | ".join(f"{middle[form] / middle['dense']:.2f}" for form in forms)
                rows.append(f"| {width}, {modes} x {modes} | {what} | {rank:.3g} | {middle['dense']:.2f} | {ratios} |")
                print(rows[-1], file=sys.stderr, flush=True)
    return rows


def solver_table(name, a):
    """One of the tables of targets.py."""
    with tempfile.TemporaryDirectory() as folder:
        extra = [folder] if name == "amg" else []
        rows = getattr(targets, name)(HERE, rust_executable, a, *extra)
        unit = "us" if name in targets.MICROSECONDS else "ms"
        return targets.table(rows, targets.alternate(rows, measure, a.rounds, unit), unit)


def writing_table(rounds):
    """Raw shards, ours and h5py's in turn; the script of the peer runs both."""
    program = rust_executable("write_speed", ["build", "--release", "-p", "sobolev-datasets", "--example", "write_speed"])
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE / "h5py_write.py"), program, folder, "--rounds", str(rounds)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    head, *rows = done.stdout.splitlines()
    return [head, "", *rows]


def machine(threads):
    """One line about where this ran."""
    model = platform.processor() or platform.machine()
    try:
        names = [line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} logical cores, {threads} threads used, {platform.system()} {platform.release()}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--only", choices=PARTS)
    arguments.add_argument("--work", nargs="+", choices=[work for works in GROUPS.values() for work in works], help="only these rows")
    arguments.add_argument("--samples", type=int, default=200)
    arguments.add_argument("--resolution", type=int, default=256)
    arguments.add_argument("--out", default=str(HERE / "table.md"))
    a = arguments.parse_args()
    parts = [f"Machine: {machine(a.threads)}. Command: `{' '.join(['run.py', *sys.argv[1:]])}`.\n"]
    part = {work: name for name, works in GROUPS.items() for work in works}
    works = [w for w in part if (not a.work or w in a.work) and a.only in (None, part[w])]
    if works:
        benches = {"conv" if part[w] == "conv" else "step" for w in works}
        benches = {name: rust_executable(name, ["bench", "--bench", name, "--no-run"]) for name in benches}
        scripts = {"steps": "fno_step.py", "spectral": "spectral_conv.py", "conv": "conv.py", "mgno": "mgno_step.py"}
        timing = ["--threads", str(a.threads), "--seconds", str(a.seconds)]

        def ours(work):
            return [benches["conv" if part[work] == "conv" else "step"], "--work", work, *timing]

        def theirs(work):
            return [sys.executable, str(HERE / scripts[part[work]]), "--work", work, *timing]

        results = alternate(works, ours, theirs, a.rounds)
        peers = sorted({columns["installed"][0]["who"] for columns in results.values()})
        parts.append(f"Median over {a.rounds} rounds (least time in brackets), against {' and '.join(peers)}.\n")
        parts += step_table(results)
        parts.append("")
    if a.only in (None, "contract") and not a.work:
        parts += [*contract_table(a), ""]
    if a.only in (None, "darcy") and not a.work:
        parts += [*darcy_table(a.samples, a.resolution, a.threads, sys.executable), ""]
    if a.only in (None, "darcy-421") and not a.work:
        parts += [*darcy_table(100, 421, a.threads, sys.executable, ["pyamg"]), ""]
    for name in SOLVERS:
        if a.only in (None, name) and not a.work:
            parts += [*solver_table(name, a), ""]
    if a.only in (None, "writing") and not a.work:
        parts += [*writing_table(a.rounds), ""]
    text = "\n".join(parts) + "\n"
    pathlib.Path(a.out).write_text(text)
    print(text)


if __name__ == "__main__":
    main()
