#!/usr/bin/env python3
"""Does scikit-fem find the waves that `sobolev generate` wrote for helmholtz, acoustic and elastodynamics?

    python validation/validate_elements.py FOLDER... [--split test] [--samples 1]

scikit-fem assembles bilinear elements for the stored medium on the lattice of the stored nodes, scipy solves, and time stepping is
written out with the method that the card of the problem names. As both sides discretise alike, they must agree up to the rounding of
the stored fields to f32 and what the equation makes of it, not only up to the discretisation error. So the data must have been
generated at the resolution of their solver, one node more than it has elements along an axis.

Exit code 0: all within bounds, 1: not, 2: bad usage.
"""

import argparse
import sys

import numpy as np
import skfem
from scipy.sparse.linalg import eigsh, splu
import scipy.sparse as sparse
from skfem.helpers import ddot, dot, eye, grad, sym_grad, trace

from common import Table, distance, load

# Rounding of the medium to f32 (6e-8), times the condition number of the shifted operator.
HELMHOLTZ = 2e-5
HELMHOLTZ_ABSORBING = 2e-6
# Rounding of medium and start to f32: waves carry it, they don't amplify it.
WAVE = 2e-6


class Lattice:
    """Bilinear elements on the stored nodes of the unit square, and their degrees of freedom in the order of the stored rows."""

    def __init__(self, samples, components=1):
        self.cells = len(samples.axes["x"]) - 1
        if self.cells != samples.settings["solver_cells"]:
            raise SystemExit(f"{samples.name}: generate at resolution {samples.settings['solver_cells'] + 1}, that of the solver, to compare")
        ticks = np.linspace(0.0, 1.0, self.cells + 1)
        mesh = skfem.MeshQuad.init_tensor(ticks, ticks)
        element = skfem.ElementQuad1()
        # Two Gauss points an axis, which is what our bilinear elements take.
        self.scalar = skfem.Basis(mesh, element, intorder=3)
        self.border = skfem.FacetBasis(mesh, element, intorder=3)
        self.top = skfem.FacetBasis(mesh, element, intorder=3, facets=mesh.facets_satisfying(lambda x: np.isclose(x[1], 1.0), True))
        self.basis = skfem.Basis(mesh, skfem.ElementVector(element), intorder=3) if components > 1 else self.scalar
        column, row = np.rint(self.scalar.doflocs * self.cells).astype(int)
        self.row, self.column = row, column

    def dofs(self, stored):
        """Values at degrees of freedom of stored ones, [y, x]."""
        return stored[self.row, self.column]

    def stored(self, values):
        out = np.empty((self.cells + 1, self.cells + 1), values.dtype)
        out[self.row, self.column] = values
        return out

    def steps(self, stiffness, mass, interval):
        """The number of leapfrog steps in `interval`: each at most 0.8 of the stability limit."""
        scale = sparse.diags(1.0 / np.sqrt(mass))
        highest = eigsh((scale @ stiffness @ scale).tocsr(), k=1, which="LA", tol=1e-6, return_eigenvectors=False)[0]
        return int(np.ceil(interval / (0.8 * 2.0 / np.sqrt(highest))))


@skfem.BilinearForm
def stiffness(u, v, _):
    return dot(grad(u), grad(v))


@skfem.BilinearForm
def mass(u, v, w):
    return w["a"] * u * v


@skfem.LinearForm
def linear(v, w):
    return w["a"] * v


def helmholtz(samples, sample):
    """-Lap u - (omega/c)^2 u = 0, du/dn = 1 on the driven part; with absorbing walls du/dn - i (omega/c) u in place of du/dn."""
    s, lattice = samples.settings, Lattice(samples)
    c = lattice.dofs(samples.fields["speed"][sample])
    basis, top = lattice.scalar, lattice.top
    square = (s["omega"] / basis.interpolate(c)) ** 2
    matrix = (stiffness.assemble(basis) - mass.assemble(basis, a=square)).astype(complex)
    driven = np.where(np.abs(top.global_coordinates()[0] - 0.5) <= s["half_width"] + 1e-12, 1.0, 0.0)
    rhs = linear.assemble(top, a=driven).astype(complex)
    absorbing = s["walls"] == "absorbing"
    if absorbing:
        matrix = matrix - 1j * mass.assemble(lattice.border, a=lattice.border.interpolate(s["omega"] / c))
    found = lattice.stored(splu(matrix.tocsc()).solve(rhs))
    names = ["real", "imaginary"] if absorbing else ["pressure"]
    for name, part in zip(names, (found.real, found.imag)):
        yield name, samples.fields[name][sample, 0], part, HELMHOLTZ_ABSORBING if absorbing else HELMHOLTZ


def acoustic(samples, sample):
    """p_tt / c^2 = Lap p + s(x) r(t), p_t / c + dp/dn = 0 on the border: leapfrog with lumped mass and damping, from rest."""
    s, lattice = samples.settings, Lattice(samples)
    c = lattice.dofs(samples.fields["speed"][sample])
    k = stiffness.assemble(lattice.scalar).tocsr()
    # The trapezoidal rule: the nodes are the quadrature points.
    area = np.asarray(mass.assemble(lattice.scalar, a=1.0).sum(axis=1)).ravel()
    m = area / c**2
    d = np.asarray(mass.assemble(lattice.border, a=lattice.border.interpolate(1.0 / c)).sum(axis=1)).ravel()
    fastest = s["mean_speed"] * (1.0 + s["contrast"])
    steps = lattice.steps(k, area / fastest**2, s["interval"])
    dt = s["interval"] / steps
    x, width = lattice.scalar.global_coordinates(), s["source_width"]
    square = ((x[0] - samples.scalars["source_x"][sample]) ** 2 + (x[1] - samples.scalars["source_y"][sample]) ** 2) / width**2
    bump = np.where(square < 36.0, np.exp(-0.5 * square) / (2.0 * np.pi * width**2), 0.0)
    source = linear.assemble(lattice.scalar, a=bump)

    def ricker(t):
        q = (np.pi * s["frequency"] * (t - 1.5 / s["frequency"])) ** 2
        return (1.0 - 2.0 * q) * np.exp(-q)

    before, now = np.zeros_like(m), 0.5 * dt**2 * source * ricker(0.0) / m
    frames = [lattice.stored(np.zeros_like(m))]
    for step in range(1, s["frames"] * steps + 1):
        if step % steps == 0:
            frames.append(lattice.stored(now))
        force = source * ricker(step * dt) - k @ now
        before, now = now, (2.0 * m * now - (m - 0.5 * dt * d) * before + dt**2 * force) / (m + 0.5 * dt * d)
    yield f"all {s['frames']} frames, {steps} steps each", samples.fields["pressure"][sample], np.stack(frames), WAVE


def elastodynamics(samples, sample):
    """rho u_tt = div sigma(u), plane strain, clamped left, from the stored displacement at rest: leapfrog with lumped mass."""
    s, lattice = samples.settings, Lattice(samples, 2)
    young, nu = lattice.dofs(samples.fields["young"][sample]), s["poisson"]
    lame = nu / ((1.0 + nu) * (1.0 - 2.0 * nu)), 0.5 / (1.0 + nu)

    @skfem.BilinearForm
    def form(u, v, w):
        strain = sym_grad(u)
        return w["young"] * ddot(2.0 * lame[1] * strain + lame[0] * eye(trace(strain), 2), sym_grad(v))

    basis = lattice.basis
    area = np.asarray(mass.assemble(lattice.scalar, a=1.0).sum(axis=1)).ravel()
    # nodal_dofs is [component, vertex], vertices in the order of the scalar basis.
    nodes = basis.nodal_dofs[:, np.argsort(lattice.scalar.nodal_dofs[0])]
    m = np.empty(basis.N)
    m[nodes] = s["density"] * area
    free = np.setdiff1d(np.arange(basis.N), nodes[:, lattice.column == 0])
    held = lambda e: form.assemble(basis, young=lattice.scalar.interpolate(e)).tocsr()[free][:, free]
    # The stiffest body that can be drawn: its logarithm is cut at two and a half standard deviations.
    hardest = held(np.full_like(young, s["young"] * np.exp(2.5 * s["log_std"])))
    steps = lattice.steps(hardest, m[free], s["interval"])
    k, dt, m = held(young), s["interval"] / steps, m[free]

    def stored(values):
        full = np.zeros(basis.N)
        full[free] = values
        # Components are stored in the order of the axes, y first.
        return np.stack([lattice.stored(full[nodes[1]]), lattice.stored(full[nodes[0]])], axis=-1)

    start, first = np.zeros(basis.N), samples.fields["displacement"][sample, 0]
    start[nodes[0]], start[nodes[1]] = lattice.dofs(first[..., 1]), lattice.dofs(first[..., 0])
    before = start[free]
    now = before - 0.5 * dt**2 * (k @ before) / m
    frames = [stored(before)]
    for step in range(1, s["frames"] * steps + 1):
        if step % steps == 0:
            frames.append(stored(now))
        before, now = now, 2.0 * now - before - dt**2 * (k @ now) / m
    yield f"all {s['frames']} frames, {steps} steps each", samples.fields["displacement"][sample], np.stack(frames), WAVE


FAMILIES = {f.__name__: f for f in (helmholtz, acoustic, elastodynamics)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+")
    parser.add_argument("--split", default="test", choices=["train", "valid", "test"])
    parser.add_argument("--samples", type=int, default=1)
    arguments = parser.parse_args()
    table = Table(f"sobolev against scikit-fem {skfem.__version__} from the stored media")
    for folder in arguments.folder:
        samples = load(folder, arguments.split, arguments.samples)
        family = samples.settings["family"]
        if family not in FAMILIES:
            raise SystemExit(f"{samples.name}: no comparison for the family '{family}'; there are {', '.join(FAMILIES)}")
        for sample in range(samples.count):
            for what, stored, found, bound in FAMILIES[family](samples, sample):
                table.add(f"{samples.name}, {samples.fields['speed' if 'speed' in samples.fields else 'young'].shape[1] - 1} elements "
                          f"an axis, sample {sample}: {what}", distance(stored, found), bound)
    return table.finish()


if __name__ == "__main__":
    sys.exit(main())
