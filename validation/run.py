#!/usr/bin/env python3
"""Makes one small data set of each main problem, compares it with independent codes, and writes RESULTS.md.

    python validation/run.py [--only NAME...] [--program target/release/sobolev]

Needs the packages of requirements.txt (without torch, the_well and neuraloperator, which only validate_well.py uses).
Exit code 0: every comparison within its bounds, 1: not.
"""

import argparse
import pathlib
import platform
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent

INTRODUCTION = """# Results of the validation

Written by `python validation/run.py{only}`. Each section names the commands that make its data and compare them, and holds what they printed.
The other side is code that shares nothing with ours: scikit-fem with SciPy's solvers, exponax (JAX), and plain numpy. It reads what users read:
HDF5 files in the layout of The Well, and VTU files through meshio.
"""

def generated(problem, resolution, *settings, script="validate_spectral.py", samples=2):
    """A comparison of a named problem."""
    options = "".join(f" --set {s}" for s in settings)
    make = f"sobolev generate {problem} --samples {samples} --resolution {resolution} --split 0:0:{samples}{options} --out {{out}}"
    return f"`{problem}`", [make], f"{script} {{out}}"


# Name -> title, commands that make data, script with arguments. {out} is a temporary folder.
COMPARISONS = {
    "mesh": (
        "Finite elements: the same meshes in scikit-fem",
        ["cargo run --release -q -p sobolev-solvers --example validation_cases -- {out}"],
        "validate_mesh.py {out}",
    ),
    "periodic": (
        "Periodic equations in double precision",
        ["cargo run --release -q -p sobolev-solvers --example validation_periodic -- {out}"],
        "validate_periodic.py {out}",
    ),
    "darcy": generated("darcy", 64, script="validate_darcy.py"),
    "helmholtz": generated("helmholtz", 101, script="validate_elements.py"),
    "helmholtz-absorbing": generated("helmholtz-absorbing", 101, script="validate_elements.py"),
    "acoustic": generated("acoustic", 129, "frames=20", script="validate_elements.py"),
    "elastodynamics": generated("elastodynamics", 65, "frames=20", script="validate_elements.py"),
    "burgers": generated("burgers", 1024),
    "navier-stokes": generated("navier-stokes-1e-3", 256, "frames=3"),
    "turbulence": generated("turbulence", 256, "time=1"),
    # exponax dealiases by another rule: the two agree where the grid resolves the flow.
    "kolmogorov": generated("kolmogorov-100", 256, "solver_points=256", "frames=3", "warmup=5"),
    "kuramoto-sivashinsky": generated("kuramoto-sivashinsky", 256, "frames=10"),
    "korteweg-de-vries": generated("korteweg-de-vries", 512, "frames=4"),
    "allen-cahn": generated("allen-cahn", 128, "frames=4"),
    # With the step of The Well, 1, the first interval has an error of 1e-4 in time; the later ones 4e-8.
    "gray-scott": generated("gray-scott-maze", 128, "frames=20", "dt=0.25"),
    "shallow-water": generated("shallow-water", 256, "frames=4"),
}


def run(command, program):
    """Output and exit code; `sobolev` and scripts of this folder by name."""
    words = shlex.split(command)
    if words[0] == "sobolev":
        words = [program, *words[1:], "--quiet"]
    elif words[0].endswith(".py"):
        words = [sys.executable, str(HERE / words[0]), *words[1:]]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.rstrip(), done.returncode


def section(name, program):
    """Lines of RESULTS.md for one comparison, and whether it passed."""
    title, makers, script = COMPARISONS[name]
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/{name}"
        lines = [f"## {title}", "", "```sh"]
        lines += [c.replace("{out}", f"data/{name}") for c in makers]
        lines += [f"python validation/{script.replace('{out}', f'data/{name}')}", "```", ""]
        for command in makers:
            text, code = run(command.replace("{out}", out), program)
            if code:
                return [*lines, "```", text.replace(out, f"data/{name}"), "```", "", f"**Failed** with exit code {code}.", ""], False
        text, code = run(script.replace("{out}", out), program)
        lines += ["```", text.replace(out, f"data/{name}"), "```", ""]
        return (lines if code == 0 else [*lines, f"**Failed** with exit code {code}.", ""]), code == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(COMPARISONS))
    parser.add_argument("--program", default=str(ROOT / "target/release/sobolev"))
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "RESULTS.md")
    arguments = parser.parse_args()
    only = f" --only {' '.join(arguments.only)}" if arguments.only else ""
    lines, failed = [INTRODUCTION.replace("{only}", only), f"Machine: {platform.machine()}, {platform.system()}, Python {platform.python_version()}.", ""], []
    for name in arguments.only or COMPARISONS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        added, passed = section(name, arguments.program)
        lines += added
        failed += [] if passed else [name]
    arguments.out.write_text("\n".join(lines))
    print(f"{arguments.out}: {'failed: ' + ', '.join(failed) if failed else 'all within bounds'}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
