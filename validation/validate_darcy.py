#!/usr/bin/env python3
"""Does an independent finite-element code find the Darcy solutions that `sobolev generate darcy` wrote?

    python validation/validate_darcy.py FOLDER [--split test] [--samples 10]

For each sample scikit-fem solves -div(a grad u) = f, u = 0 on the boundary of the unit square, with the stored coefficient:

- on the same mesh with the same elements (bilinear, Q1): the stored solution must be the same up to the rounding to f32
  and the tolerance of the linear solver;
- on a mesh twice as fine with biquadratic elements (Q2), the reference: the stored solution must be no further from it than
  scikit-fem's own Q1 solution, that is, by the discretisation error;
- on that finer mesh with Q1: closer to the reference than the stored solution, which shows that the distance is a
  discretisation error and shrinks with the mesh.

Distances are relative L2 norms over the grid points. Exit code 0: all within bounds, 1: not, 2: bad usage.
"""

import argparse
import json
import sys
from pathlib import Path

import h5py
import numpy as np
import skfem
from scipy.sparse.linalg import spsolve

# Rounding to f32 and a relative residual of 1e-10 or so, with room for the condition number.
SAME_MESH = 2e-6
# Stored against scikit-fem's own discretisation error.
EXCESS = 1.01


def load(folder, split, count):
    """Coefficients, solutions, settings of the first samples of a split."""
    files = sorted((folder / "data" / split).glob("*.hdf5"))
    if not files:
        sys.exit(f"no data/{split}/*.hdf5 in {folder}")
    coefficients, solutions, settings = [], [], None
    for path in files:
        with h5py.File(path, "r") as f:
            settings = json.loads(f.attrs["config_json"])["settings"]
            coefficients.extend(f["t0_fields/coefficient"][:].astype(np.float64))
            solutions.extend(f["t0_fields/solution"][:, 0].astype(np.float64))
        if len(solutions) >= count:
            break
    return coefficients[:count], solutions[:count], settings


def coefficient_at(a, grid, x, y):
    """The coefficient between the grid points: constant in each cell, or bilinear between the nodes."""
    if grid == "cells":
        n = len(a)
        clip = lambda v: np.clip((v * n).astype(int), 0, n - 1)
        return a[clip(y), clip(x)]
    n = len(a) - 1
    i, j = (np.clip((v * n).astype(int), 0, n - 1) for v in (x, y))
    s, t = x * n - i, y * n - j
    return ((1 - t) * ((1 - s) * a[j, i] + s * a[j, i + 1]) + t * ((1 - s) * a[j + 1, i] + s * a[j + 1, i + 1]))


def solve(a, grid, forcing, refine, element):
    """scikit-fem's solution at the grid points of the stored fields, [y, x]."""
    cells = len(a) if grid == "cells" else len(a) - 1
    ticks = np.linspace(0.0, 1.0, refine * cells + 1)
    mesh = skfem.MeshQuad.init_tensor(ticks, ticks)
    # Exact for a bilinear coefficient times two gradients of the element.
    basis = skfem.Basis(mesh, element, intorder=6)

    @skfem.BilinearForm
    def stiffness(u, v, w):
        return coefficient_at(a, grid, w.x[0], w.x[1]) * (u.grad[0] * v.grad[0] + u.grad[1] * v.grad[1])

    @skfem.LinearForm
    def load_vector(v, w):
        return forcing * v

    matrix, rhs = stiffness.assemble(basis), load_vector.assemble(basis)
    u = skfem.solve(*skfem.condense(matrix, rhs, D=basis.get_dofs()), solver=lambda m, b: spsolve(m.tocsc(), b))
    # Values at the vertices of a lattice of 2 * cells intervals where the element has a degree of freedom there.
    at = np.round(basis.doflocs * 2 * cells).astype(int)
    lattice = np.full((2 * cells + 1, 2 * cells + 1), np.nan)
    on = np.all(np.abs(basis.doflocs * 2 * cells - at) < 1e-6, axis=0)
    lattice[at[1][on], at[0][on]] = u[on]
    if grid == "nodes":
        return lattice[::2, ::2]
    centres = lattice[1::2, 1::2]
    if np.isnan(centres).any():
        # Q1 on the same mesh: the centre of a bilinear function is the mean of its corners.
        corners = lattice[::2, ::2]
        centres = 0.25 * (corners[:-1, :-1] + corners[1:, :-1] + corners[:-1, 1:] + corners[1:, 1:])
    return centres


def distance(u, reference):
    return float(np.linalg.norm(u - reference) / np.linalg.norm(reference))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="test", choices=["train", "valid", "test"])
    parser.add_argument("--samples", type=int, default=10)
    arguments = parser.parse_args()
    coefficients, solutions, settings = load(arguments.folder, arguments.split, arguments.samples)
    grid, forcing = settings["grid"], settings["forcing"]
    print(f"{arguments.folder}: {len(solutions)} samples, {solutions[0].shape[0]} points an axis ({grid}), "
          f"a = {settings['coefficient']}")
    print("sample | same mesh, Q1 | stored - reference | scikit-fem Q1 - reference | Q1 on the finer mesh - reference")
    failed = False
    for index, (a, stored) in enumerate(zip(coefficients, solutions)):
        same = solve(a, grid, forcing, 1, skfem.ElementQuad1())
        finer = solve(a, grid, forcing, 2, skfem.ElementQuad1())
        reference = solve(a, grid, forcing, 2, skfem.ElementQuad2())
        row = [distance(stored, same), distance(stored, reference), distance(same, reference), distance(finer, reference)]
        good = row[0] < SAME_MESH and row[1] < EXCESS * row[2] + SAME_MESH and row[3] < row[1]
        failed |= not good
        print(f"{index:6d} | {row[0]:13.2e} | {row[1]:18.2e} | {row[2]:25.2e} | {row[3]:33.2e}{'' if good else '  FAILED'}")
    print("FAILED" if failed else "all agree")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
