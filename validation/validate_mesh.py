#!/usr/bin/env python3
"""Does scikit-fem find the same finite-element solutions, on the meshes that our program wrote?

    cargo run --release -p sobolev-solvers --example validation_cases -- FOLDER
    python validation/validate_mesh.py FOLDER

The first command solves a list of problems and writes each as a VTU file: mesh, coefficient by cell, solution at the vertices in
f64; cases.json holds the numbers. Here meshio reads the files, scikit-fem assembles the same elements on the same cells
with its own quadrature, scipy's SuperLU solves, and time stepping is written out. As both sides discretise alike, the
solutions must agree up to rounding, not only up to the discretisation error. Domains are unit squares and cubes: `left` is x = 0,
`right` x = 1.

Exit code 0: all within bounds, 1: not, 2: bad usage.
"""

import argparse
import json
import sys
from pathlib import Path

import meshio
import numpy as np
import scipy.sparse as sparse
import skfem
from scipy.sparse.linalg import splu
from skfem.helpers import ddot, dot, eye, grad, sym_grad, trace
from skfem.io import from_meshio

from common import Table, distance

# Rounding, times the condition number of a stiffness matrix of this size.
STEADY = 1e-11
# The same, added up over some hundred steps.
EVOLVED = 1e-11

ELEMENTS = {
    ("triangle", "P1"): (skfem.MeshTri, skfem.ElementTriP1), ("triangle", "P2"): (skfem.MeshTri, skfem.ElementTriP2),
    ("triangle", "P3"): (skfem.MeshTri, skfem.ElementTriP3), ("quad", "Q1"): (skfem.MeshQuad, skfem.ElementQuad1),
    ("quad", "Q2"): (skfem.MeshQuad, skfem.ElementQuad2), ("tetra", "P1"): (skfem.MeshTet, skfem.ElementTetP1),
    ("tetra", "P2"): (skfem.MeshTet, skfem.ElementTetP2), ("hexahedron", "Q1"): (skfem.MeshHex, skfem.ElementHex1),
    ("hexahedron", "Q2"): (skfem.MeshHex, skfem.ElementHex2),
}


class Case:
    """One file: the mesh as scikit-fem's, the basis, and the solution that is to be found again."""

    def __init__(self, folder, numbers, components=1):
        self.numbers = numbers
        file = meshio.read(folder / numbers["file"])
        (block,) = file.cells
        kind, element = ELEMENTS[(block.type, numbers["element"])]
        imported = from_meshio(file)
        assert isinstance(imported, kind), f"{numbers['file']}: read as {type(imported).__name__}"
        self.mesh, self.data = imported, file.point_data
        self.coefficient = np.ravel(next(iter(file.cell_data.values()))[0]) if file.cell_data else None
        dim = self.mesh.p.shape[0]
        self.element = skfem.ElementVector(element(), dim) if components > 1 else element()
        self.order = 2 * int(numbers["element"][1]) + (2 if block.type in ("quad", "hexahedron") else 0)
        self.basis = skfem.Basis(self.mesh, self.element, intorder=self.order)
        self.cells = self.basis.with_element({2: skfem.ElementTriP0, 3: skfem.ElementTetP0}[dim]()
                                             if block.type in ("triangle", "tetra")
                                             else {2: skfem.ElementQuad0, 3: skfem.ElementHex0}[dim]())

    def per_cell(self):
        """The coefficient at quadrature points."""
        return self.cells.interpolate(self.coefficient)

    def border(self, *sides):
        """A basis on parts of the border; none named: all of it."""
        facets = None if not sides else np.concatenate([self.mesh.facets_satisfying(PLACES[s], boundaries_only=True) for s in sides])
        return skfem.FacetBasis(self.mesh, self.element, intorder=self.order, facets=facets)

    def dofs(self, side):
        return self.basis.get_dofs(PLACES[side]).all()

    def at_vertices(self, values):
        """[vertex(, component)], as the file has them."""
        found = values[self.basis.nodal_dofs].T
        return found[:, 0] if found.shape[1] == 1 else found

    def stored(self, name="solution"):
        data = self.data[name]
        return data[:, : self.mesh.p.shape[0]] if data.ndim == 2 and data.shape[1] > 1 else np.ravel(data)


PLACES = {"left": lambda x: np.isclose(x[0], 0.0), "right": lambda x: np.isclose(x[0], 1.0)}


def held(matrix, rhs, dofs, values=0.0):
    """Solution with given values at some degrees of freedom."""
    x = np.zeros(matrix.shape[0], rhs.dtype)
    x[dofs] = values
    free = np.setdiff1d(np.arange(matrix.shape[0]), dofs)
    x[free] = splu(matrix[free][:, free].tocsc()).solve(rhs[free] - matrix[free][:, dofs] @ x[dofs])
    return x


@skfem.BilinearForm
def diffusion(u, v, w):
    return w["a"] * dot(grad(u), grad(v))


@skfem.BilinearForm
def mass(u, v, _):
    return dot(u, v) if u.ndim > 2 else u * v


@skfem.LinearForm
def one(v, _):
    return 1.0 * v


def poisson(case):
    """-div(a grad u) + r u = f, u = 0 left, a du/dn + beta u = h right, natural elsewhere; a by cell."""
    p, right = case.numbers, case.border("right")
    matrix = diffusion.assemble(case.basis, a=case.per_cell()) + p["reaction"] * mass.assemble(case.basis)
    matrix = matrix + p["robin"] * mass.assemble(right)
    rhs = p["load"] * one.assemble(case.basis) + p["flux"] * one.assemble(right)
    yield "solution", case.stored(), case.at_vertices(held(matrix, rhs, case.dofs("left"))), STEADY


def helmholtz(case):
    """-Lap u - k^2 u = 1 with du/dn = i k u on all of the border."""
    k = case.numbers["wavenumber"]
    stiffness = diffusion.assemble(case.basis, a=1.0)
    matrix = (stiffness - k**2 * mass.assemble(case.basis)).astype(complex) - 1j * k * mass.assemble(case.border())
    u = splu(matrix.tocsc()).solve(one.assemble(case.basis).astype(complex))
    found = case.at_vertices(u)
    yield "real and imaginary part", case.stored("real") + 1j * case.stored("imaginary"), found, STEADY


def elastic_stiffness(case):
    lam, mu = case.numbers["lambda"], case.numbers["mu"]

    @skfem.BilinearForm
    def form(u, v, _):
        strain = sym_grad(u)
        return ddot(2.0 * mu * strain + lam * eye(trace(strain), strain.shape[0]), sym_grad(v))

    return form.assemble(case.basis)


def elasticity(case):
    """Clamped left, traction on the right, plane strain in two dimensions."""
    traction = case.numbers["traction"]

    @skfem.LinearForm
    def load(v, _):
        return sum(t * v[i] for i, t in enumerate(traction))

    u = held(elastic_stiffness(case), load.assemble(case.border("right")), case.dofs("left"))
    yield "displacement", case.stored(), case.at_vertices(u), STEADY


def start(case, name):
    """A nodal field of the file as degrees of freedom; for P1 and Q1 these are its vertices."""
    x = np.zeros(case.basis.N)
    x[case.basis.nodal_dofs] = np.atleast_2d(case.stored(name).T)
    return x


def heat(case):
    """u_t = Lap u, u = 0 left, from `start`; theta method with n steps."""
    p = case.numbers
    m, k = mass.assemble(case.basis), diffusion.assemble(case.basis, a=1.0)
    free = case.basis.complement_dofs(case.dofs("left"))
    m, k = m[free][:, free], k[free][:, free]
    u = start(case, "start")[free]
    step = splu((m + p["theta"] * p["dt"] * k).tocsc())
    for _ in range(p["steps"]):
        u = step.solve(m @ u - (1.0 - p["theta"]) * p["dt"] * (k @ u))
    full = np.zeros(case.basis.N)
    full[free] = u
    yield "after the last step", case.stored(), case.at_vertices(full), EVOLVED


def wave(case):
    """u_tt / c^2 = Lap u, u_t + c du/dn = 0 on the border, from `start` at rest; leapfrog with lumped matrices."""
    p, c = case.numbers, case.per_cell()

    @skfem.BilinearForm
    def inertia(u, v, w):
        return u * v / w["c"] ** 2

    @skfem.BilinearForm
    def loss(u, v, w):
        return u * v / w["c"]

    border = case.border()
    speed = border.with_element(case.cells.elem).interpolate(case.coefficient)
    lump = lambda a: np.asarray(a.sum(axis=1)).ravel()
    m, d = lump(inertia.assemble(case.basis, c=c)), lump(loss.assemble(border, c=speed))
    k, dt = diffusion.assemble(case.basis, a=1.0), p["dt"]
    now = start(case, "start")
    # From rest: u(dt) = u(0) + dt^2 u''(0) / 2.
    before, now = now, now - 0.5 * dt**2 * (k @ now) / m
    for _ in range(p["steps"] - 1):
        before, now = now, (2.0 * m * now - (m - 0.5 * dt * d) * before - dt**2 * (k @ now)) / (m + 0.5 * dt * d)
    yield "after the last step", case.stored(), case.at_vertices(now), EVOLVED


def elastodynamics(case):
    """rho u_tt = div sigma(u), clamped left, from `start` at rest; Newmark with beta = 1/4, gamma = 1/2."""
    p = case.numbers
    m, k = p["density"] * mass.assemble(case.basis), elastic_stiffness(case)
    free = case.basis.complement_dofs(case.dofs("left"))
    m, k = m[free][:, free].tocsc(), k[free][:, free].tocsc()
    u, dt = start(case, "start")[free], p["dt"]
    v, a = np.zeros_like(u), splu(m).solve(-(k @ u))
    step = splu((m + 0.25 * dt**2 * k).tocsc())
    for _ in range(p["steps"]):
        guess = u + dt * v + 0.25 * dt**2 * a
        new = step.solve(-(k @ guess))
        u, v, a = guess + 0.25 * dt**2 * new, v + 0.5 * dt * (a + new), new
    full = np.zeros(case.basis.N)
    full[free] = u
    yield "after the last step", case.stored(), case.at_vertices(full), EVOLVED


PROBLEMS = {f.__name__: f for f in (poisson, helmholtz, elasticity, heat, wave, elastodynamics)}
VECTORS = {"elasticity", "elastodynamics"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    try:
        cases = json.loads((folder / "cases.json").read_text())
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    table = Table(f"sobolev against scikit-fem {skfem.__version__} on the same meshes")
    for numbers in cases:
        case = Case(folder, numbers, 2 if numbers["problem"] in VECTORS else 1)
        for what, stored, found, bound in PROBLEMS[numbers["problem"]](case):
            name = f"{numbers['problem']}, {numbers['element']} on {case.mesh.t.shape[1]} {numbers['file'].split('.')[0]}"
            table.add(f"{name}: {what}", distance(stored, found), bound)
    missing = set(PROBLEMS) - {numbers["problem"] for numbers in cases}
    if missing:
        print(f"no case for {sorted(missing)}", file=sys.stderr)
        return 1
    return table.finish()


if __name__ == "__main__":
    sys.exit(main())
