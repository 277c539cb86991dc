#!/usr/bin/env python3
"""Writes the chapter on problems: `src/problems.md` from the program's own list, and a figure of each problem from its own data.

    python book/problems.py [--program target/release/sobolev] [--only NAME ...] [--no-figures]

For each problem two samples are generated at a small resolution and drawn by `sobolev plot`; the chapter names these commands.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 200_000

HEAD = """# The problems, one by one

Written by `python book/problems.py` from `sobolev list problems --json`; do not edit. Each picture shows the first two samples of seed 0, made by
the commands below it. `sobolev info NAME` prints the same card.
"""


def call(program, *words):
    return subprocess.run([program, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True).stdout


def figure(program, name, resolution):
    """Generates, draws, keeps the SVG (or the PNG where that is smaller); the commands, and the file or None."""
    make = ["generate", name, "--samples", 2, "--resolution", resolution, "--split", "0:0:2"]
    commands = [f"sobolev {' '.join(map(str, make))} --out data/{name}", f"sobolev plot data/{name} --out figures/{name}"]
    with tempfile.TemporaryDirectory() as folder:
        call(program, *make, "--quiet", "--out", f"{folder}/data")
        call(program, "plot", f"{folder}/data", "--out", f"{folder}/figures")
        files = sorted(pathlib.Path(folder, "figures").glob("fields.*"), key=lambda p: p.stat().st_size)
        if not files or files[0].stat().st_size > LIMIT:
            raise SystemExit(f"{name}: no figure below {LIMIT} bytes")
        best = next((f for f in files if f.suffix == ".svg" and f.stat().st_size <= LIMIT), files[0])
        target = HERE / "src" / "figures" / f"{name}{best.suffix}"
        shutil.copyfile(best, target)
    return commands, target


def escaped(tex):
    """A formula as Markdown wants it: before punctuation a backslash is Markdown's own, and two of them are one."""
    return re.sub(r"\\([,;:!{}])", r"\\\\\1", tex)


def card(problem):
    """The lines of one problem without its figure."""
    tex = escaped(problem.get("tex", ""))
    lines = [f"## {problem['name']}", "", problem["summary"], ""]
    lines += [f"\\\\[ {tex} \\\\]" if tex else f"`{problem['equation']}`", ""]
    for key, label in [("solver", "Solver"), ("internal", "Internal resolution"), ("source", "Source"), ("purpose", "For")]:
        if problem.get(key):
            lines.append(f"- *{label}:* {problem[key]}")
    lines += ["", "| parameter | default | accepts | meaning | unit |", "|---|---|---|---|---|"]
    cell = lambda text: str(text).replace("|", "\\|")
    for p in problem["parameters"]:
        lines.append(f"| `{p['key']}` | {cell(p['default'])} | {cell(p['accepts'])} | {cell(p['meaning'])} | {cell(p['unit'])} |")
    if problem["variants"]:
        lines += ["", "Variants:", ""]
        lines += [f"- `{v['name']}`: {v['summary']}" for v in problem["variants"]]
    return [*lines, ""]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(HERE.parent / "target/release/sobolev"))
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--only", nargs="+", help="make the figures of these problems; the others keep theirs")
    parser.add_argument("--no-figures", action="store_true")
    a = parser.parse_args()
    problems = json.loads(call(a.program, "list", "problems", "--json"))["problems"]
    lines = [HEAD]
    (HERE / "src" / "figures").mkdir(parents=True, exist_ok=True)
    for problem in problems:
        name = problem["name"]
        lines += card(problem)
        present = [p for p in (HERE / "src" / "figures").glob(f"{name}.*")]
        commands = [f"sobolev generate {name} --samples 2 --resolution {a.resolution} --split 0:0:2 --out data/{name}",
                    f"sobolev plot data/{name} --out figures/{name}"]
        if not a.no_figures and (a.only is None or name in a.only):
            commands, path = figure(a.program, name, a.resolution)
            present = [path]
        if present:
            lines += [f"![{problem['summary']}](figures/{present[0].name})", "", "```sh", *commands, "```", ""]
    (HERE / "src" / "problems.md").write_text("\n".join(lines))
    print(f"{len(problems)} problems", file=sys.stderr)


if __name__ == "__main__":
    main()
