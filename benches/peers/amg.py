"""Algebraic multigrid by pyamg: set-up and solution to a relative residual of 1e-10 on a matrix that `sobolev` wrote.

    python amg.py --matrix FILE.mtx [--method ruge-stuben|smoothed-aggregation]

FILE is a symmetric positive definite matrix in Matrix Market form, with the right-hand side beside it as FILE with `.rhs.mtx`;
without one the right-hand side is 1. Times are those of set-up plus solution, which each new matrix costs.
"""

import argparse
import pathlib

import numpy as np
import pyamg
import scipy.io

from common import measure, report


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--matrix", type=pathlib.Path, required=True)
    arguments.add_argument("--method", choices=["ruge-stuben", "smoothed-aggregation"], default="ruge-stuben")
    arguments.add_argument("--tolerance", type=float, default=1e-10)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--at-least", type=int, default=5)
    a = arguments.parse_args()
    matrix = scipy.io.mmread(a.matrix).tocsr()
    beside = a.matrix.with_suffix(".rhs.mtx")
    rhs = np.ravel(scipy.io.mmread(beside)) if beside.exists() else np.ones(matrix.shape[0])
    build = pyamg.ruge_stuben_solver if a.method == "ruge-stuben" else pyamg.smoothed_aggregation_solver
    setup, history, last = [], [], {}

    def work():
        hierarchy = build(matrix)
        residuals = []
        last["x"] = hierarchy.solve(rhs, tol=a.tolerance, accel="cg", residuals=residuals)
        history.append(len(residuals) - 1)

    times = measure(work, 1, a.seconds, a.at_least)
    measured = np.linalg.norm(rhs - matrix @ last["x"]) / np.linalg.norm(rhs)
    alone = measure(lambda: setup.append(build(matrix)), 0, 0.2 * a.seconds, 3)
    report(
        f"pyamg {pyamg.__version__} ({a.method})",
        "amg",
        times,
        unknowns=matrix.shape[0],
        entries=matrix.nnz,
        setup_ms=round(float(np.median(alone)), 3),
        iterations=history[-1],
        residual=float(measured),
        threads=1,
    )


if __name__ == "__main__":
    main()
