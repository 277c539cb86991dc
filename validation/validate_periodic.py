#!/usr/bin/env python3
"""Do exponax and a plain numpy integration end where our integrators end, from the same start, in f64?

    cargo run --release -p sobolev-solvers --example validation_periodic -- FOLDER
    python validation/validate_periodic.py FOLDER

numpy: FFT, the same dealiasing rule written anew, Lawson's fourth-order scheme with steps halved until two answers agree to 2e-9.
exponax: ETDRK4 with our step, where it has the equation; its dealiasing differs, so that fields are chosen smooth enough for their grids.

Exit code 0: all within bounds, 1: not, 2: bad usage.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

import exponax_steppers as theirs
import spectral_reference as reference
from common import Table, distance

# Agreement of two answers of the reference, of which the extrapolation is better.
EXACT = 2e-9
# The error of ETDRK4 at our step, which is the largest one here.
NUMPY = 1e-8
# Both errors, and what differs in dealiasing.
EXPONAX = 1e-7
# exponax 0.2.0 does not dealias the advection of vorticity; the force makes scales that 64 points resolve to some 1e-5 only.
EXPONAX_ALIASED = 1e-3
# exponax 0.2.0 is of first order for dispersive equations (see exponax_steppers.py), here after one extrapolation.
EXPONAX_DISPERSIVE = 1e-5


def vorticity_force(forcing, grid):
    """The curl of the force on the grid, or None."""
    y, x = np.meshgrid(*grid.points, indexing="ij")
    if forcing["kind"] == "li":
        return forcing["amplitude"] * (np.sin(2 * np.pi * (x + y)) + np.cos(2 * np.pi * (x + y)))[None]
    if forcing["kind"] == "kolmogorov":
        return -forcing["amplitude"] * forcing["wavenumber"] * np.cos(forcing["wavenumber"] * y)[None]
    return None


def problem(case, grid, n):
    """(linear symbol, nonlinear function), exponax's function or None, its bound."""
    e, extent, steps, name = case["equation"], case["extent"], case["steps"], case["name"]
    if name == "burgers":
        return reference.burgers(grid, e["viscosity"]), theirs.burgers(n, extent, e["viscosity"], steps), EXPONAX
    if name == "kdv":
        equation = reference.kdv(grid, e["convection"], e["dispersion"], 0.0, e["hyperdiffusion"])
        return equation, theirs.kdv(n, extent, e["convection"], e["dispersion"], 0.0, steps), EXPONAX_DISPERSIVE
    if name == "kuramoto_sivashinsky":
        return reference.kuramoto_sivashinsky(grid), theirs.kuramoto_sivashinsky(n, extent, steps), EXPONAX
    if name == "kuramoto_sivashinsky_height":
        # exponax 0.2.0 takes u_xxxx + u_yyyy for the fourth-order term: in two dimensions another equation.
        return reference.kuramoto_sivashinsky_potential(grid), None, None
    if name.startswith("navier_stokes"):
        forcing = e["forcing"]
        equation = reference.vorticity(grid, e["viscosity"], vorticity_force(forcing, grid), e["drag"])
        if forcing["kind"] == "none":
            return equation, theirs.vorticity(n, extent, e["viscosity"], e["drag"], steps), EXPONAX
        if forcing["kind"] == "kolmogorov":
            mode = round(forcing["wavenumber"] * extent / (2 * np.pi))
            other = theirs.kolmogorov(n, extent, e["viscosity"], e["drag"], mode, forcing["amplitude"], steps)
            return equation, other, EXPONAX_ALIASED
        return equation, None, None
    if name == "allen_cahn":
        equation = reference.allen_cahn(grid, e["epsilon"] ** 2, e["rate"], e["rate"])
        return equation, theirs.allen_cahn(2, n, extent, e["epsilon"] ** 2, e["rate"], e["rate"], steps), EXPONAX
    if name == "cahn_hilliard":
        equation = reference.cahn_hilliard(grid, e["epsilon"], e["mobility"])
        return equation, theirs.cahn_hilliard(2, n, extent, e["epsilon"], e["mobility"], steps), EXPONAX
    if name == "gray_scott":
        equation = reference.gray_scott(grid, e["diffusivity"], e["feed"], e["kill"])
        return equation, theirs.gray_scott(n, extent, e["diffusivity"], e["feed"], e["kill"], steps), EXPONAX
    if name == "shallow_water":
        return reference.shallow_water(grid, e["gravity"], e["coriolis"], e["hyperviscosity"]), None, None
    if name == "schroedinger":
        v = e["potential"]
        depth, kappa = v["depth"], v["wavenumber"][0]
        return reference.schroedinger(grid, e["nonlinearity"], lambda x: depth * (1.0 - np.cos(kappa * x))), None, None
    raise SystemExit(f"no reference for '{name}'")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    try:
        cases = json.loads((folder / "cases.json").read_text())
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    table = Table("sobolev against numpy and exponax 0.2.0, f64, from the same start")
    for case in cases:
        start, end = (np.load(folder / f"{case['name']}_{which}.npy") for which in ("start", "end"))
        n, duration = start.shape[1], case["dt"] * case["steps"]
        if case["name"] == "schroedinger":
            start, end = (a[0, :, 0] + 1j * a[0, :, 1] for a in (start, end))
            grid = reference.ComplexLine(n, case["extent"], case["degree"])
        else:
            grid = reference.Grid(start.shape[1:], [case["extent"]] * (start.ndim - 1), case["degree"], case["pad"])
        equation, other, bound = problem(case, grid, n)
        spectrum, _ = reference.integrate(*equation, grid.forward(start), duration, EXACT)
        label = f"{case['name']}, {start.shape[-1]} points an axis, t = {duration:g}, {case['integrator']}"
        # How far the state went says that the comparison is not one of a start with itself.
        label += f" (moved by {distance(start, end):.2g})"
        table.add(f"{label}: numpy", distance(end, grid.inverse(spectrum)), NUMPY)
        if other is not None:
            table.add(f"{label}: exponax", distance(end, other(start, duration)), bound)
    return table.finish()


if __name__ == "__main__":
    sys.exit(main())
