#!/usr/bin/env python3
"""Do exponax and a plain numpy integration find the trajectories that `sobolev generate` wrote for periodic problems?

    python validation/validate_spectral.py FOLDER... [--split test] [--samples 1] [--windows 2]

From a stored state the next stored one is computed twice: by exponax (where it has the equation) with ETDRK4, and by numpy with
Lawson's scheme and steps that are halved until the answer stands (`spectral_reference.py`). The data must have been generated at the
resolution of their solver, so that a stored state holds all of it.

Fields are stored in f32: two exact solutions from one stored state still differ by rounding, times whatever the flow does to a perturbation
between two stored times. Where exponax dealiases otherwise than we do, fields that their grid barely resolves add to that.
In double precision and from the same start, `validate_periodic.py` compares to 1e-8.

Exit code 0: all within bounds, 1: not, 2: bad usage.
"""

import argparse
import sys

import numpy as np

import exponax_steppers as theirs
import spectral_reference as reference
from common import Table, distance, load

# Agreement of the two halved steps of the reference.
EXACT = 1e-7
# Rounding of start and end to f32 (6e-8 each) with the growth of perturbations, and our own time steps.
NUMPY = 2e-5
# The same with another rule of dealiasing.
EXPONAX = 1e-3


class Problem:
    """What is needed to integrate one family again: names of the fields, the box, equation and exponax's function."""

    def __init__(self, samples):
        self.samples, s = samples, samples.settings
        self.names, self.initial, self.force, self.other = None, None, None, None
        family = s["family"]
        sizes = [len(x) for x in samples.axes.values()]
        extents = [samples.extent(a) for a in samples.axes]
        if any(n < s["solver_points"] for n in sizes):
            raise SystemExit(f"{samples.name}: generate at resolution {s['solver_points']}, that of the solver, to compare")
        n, extent, steps = sizes[0], extents[0], 400
        grid = reference.Grid(sizes, extents, 3 if family in ("allen-cahn", "gray-scott", "shallow-water") else 2)
        self.grid = grid
        if family == "burgers":
            self.names = ["velocity"]
            self.initial = "initial" if "initial" in samples.fields else None
            self.equation = reference.burgers(grid, s["viscosity"])
            self.other = theirs.burgers(n, extent, s["viscosity"], 2000)
        elif family in ("navier-stokes", "kolmogorov", "turbulence"):
            self.vorticity(family, s, grid, n, extent, steps)
        elif family == "kuramoto-sivashinsky":
            self.names = ["u"]
            self.equation = reference.kuramoto_sivashinsky(grid)
            self.other = theirs.kuramoto_sivashinsky(n, extent, steps)
        elif family == "korteweg-de-vries":
            self.names = ["u"]
            self.equation = reference.kdv(grid, 6.0, 1.0)
            self.other = theirs.kdv(n, extent, 6.0, 1.0, 0.0, 20_000)
        elif family == "allen-cahn":
            self.names = ["phase"]
            self.equation = reference.allen_cahn(grid, s["width"] ** 2)
            self.other = theirs.allen_cahn(len(sizes), n, extent, s["width"] ** 2, 1.0, 1.0, steps)
        elif family == "gray-scott":
            self.names = ["A", "B"]
            d = (s["diffusivity_a"], s["diffusivity_b"])
            self.equation = reference.gray_scott(grid, d, s["feed"], s["kill"])
            self.other = theirs.gray_scott(n, extent, d, s["feed"], s["kill"], steps)
        elif family == "shallow-water":
            self.names = ["depth", "momentum"]
            mu = s["smoothing"] * np.sqrt(s["gravity"] * s["inner"]) * (extent / n) ** 3
            self.equation = reference.shallow_water(grid, s["gravity"], 0.0, mu)
        else:
            raise SystemExit(f"{samples.name}: no reference for the family '{family}'")

    def vorticity(self, family, s, grid, n, extent, steps):
        self.names = ["vorticity"]
        viscosity, drag = s.get("viscosity", 1.0 / s.get("reynolds", np.inf)), s.get("drag", 0.0)
        y, x = np.meshgrid(*grid.points, indexing="ij")
        force = None
        if family == "navier-stokes":
            force = 0.1 * (np.sin(2 * np.pi * (x + y)) + np.cos(2 * np.pi * (x + y)))[None]
        elif family == "kolmogorov":
            force = -s["amplitude"] * s["mode"] * np.cos(s["mode"] * y)[None]
            self.other = theirs.kolmogorov(n, extent, viscosity, drag, s["mode"], s["amplitude"], steps)
        else:
            self.force = "forcing"
        self.equation = reference.vorticity(grid, viscosity, force, drag)
        self.rebuild = lambda f: reference.vorticity(grid, viscosity, f, drag)

    def state(self, sample, step):
        """[component, (y,) x]; vectors are stored with components in the order of the axes, [y, x], and needed as [x, y]."""
        parts = []
        for name in self.names:
            values = self.samples.fields[name][sample, step]
            parts += [values] if values.ndim == len(self.grid.sizes) else [values[..., 1], values[..., 0]]
        return np.stack(parts)

    def windows(self, sample, count):
        """(label, start, end, duration, equation)."""
        times, equation = self.samples.time, self.equation
        if self.force:
            forcing = self.samples.fields[self.force][sample][None]
            yield f"t = 0 to {times[0]:g}", np.zeros_like(forcing), self.state(sample, 0), times[0], self.rebuild(forcing)
            return
        if self.initial:
            yield f"t = 0 to {times[0]:g}", self.samples.fields[self.initial][sample][None], self.state(sample, 0), times[0], equation
            return
        for i in np.unique(np.linspace(0, len(times) - 2, count).astype(int)):
            label = f"t = {times[i]:g} to {times[i + 1]:g}"
            yield label, self.state(sample, i), self.state(sample, i + 1), times[i + 1] - times[i], equation


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+")
    parser.add_argument("--split", default="test", choices=["train", "valid", "test"])
    parser.add_argument("--samples", type=int, default=1)
    parser.add_argument("--windows", type=int, default=2)
    arguments = parser.parse_args()
    table = Table("stored trajectories against numpy and exponax 0.2.0")
    for folder in arguments.folder:
        samples = load(folder, arguments.split, arguments.samples)
        problem = Problem(samples)
        for sample in range(samples.count):
            for label, start, end, duration, equation in problem.windows(sample, arguments.windows):
                spectrum, _ = reference.integrate(*equation, problem.grid.forward(start), duration, EXACT)
                label = f"{samples.name}, sample {sample}, {label} (moved by {distance(start, end):.2g})"
                table.add(f"{label}: numpy", distance(end, problem.grid.inverse(spectrum)), NUMPY)
                if problem.other is not None:
                    table.add(f"{label}: exponax", distance(end, problem.other(start, duration)), EXPONAX)
    return table.finish()


if __name__ == "__main__":
    sys.exit(main())
