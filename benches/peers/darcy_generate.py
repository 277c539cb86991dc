"""Darcy samples with scikit-fem: -div(a grad u) = 1 on the unit square, u = 0 on its border, Q1 elements.

a is 12 or 3 by the sign of a Gaussian random field N(0, (-Laplace + 9)^-2) with zero Neumann conditions, constant in each
element; u is given at the centres of the elements, as `sobolev generate darcy` gives it. Everything that does not depend on the sample (mesh, basis, pattern of boundary nodes, load) is made once; the
samples are spread over processes with one thread each, as one would do for a data set.

    --solver spsolve    sparse LU (SuperLU) through scipy
    --solver pyamg      Ruge-Stueben multigrid with conjugate gradients, relative residual 1e-10
"""

import argparse
import json
import multiprocessing
import os
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import h5py
import numpy as np
import pyamg
import scipy
import scipy.fft
import scipy.sparse.linalg
import skfem
from skfem.helpers import dot, grad

ALPHA, TAU = 2.0, 3.0


@skfem.BilinearForm
def stiffness(u, v, w):
    return w["a"] * dot(grad(u), grad(v))


@skfem.LinearForm
def unit_load(v, _):
    return 1.0 * v


class Problem:
    """What all samples share."""

    def __init__(self, n):
        nodes = np.linspace(0.0, 1.0, n + 1)
        mesh = skfem.MeshQuad.init_tensor(nodes, nodes)
        self.n = n
        self.basis = skfem.Basis(mesh, skfem.ElementQuad1(), intorder=2)
        self.cells = self.basis.with_element(skfem.ElementQuad0())
        self.load = unit_load.assemble(self.basis)
        self.inner = self.basis.complement_dofs(self.basis.get_dofs())
        centre = mesh.p[:, mesh.t].mean(axis=1)
        # Element number -> cell [y, x] of the coefficient's image; node number -> pixel [y, x] of the solution.
        self.cell = (centre[1] * n).astype(int), (centre[0] * n).astype(int)
        near = np.rint(self.basis.doflocs * n).astype(int)
        self.node = near[1], near[0]
        k = np.arange(n)
        self.root = (np.pi**2 * (k[:, None] ** 2 + k[None, :] ** 2) + TAU**2) ** (-ALPHA / 2)
        self.root[0, 0] = 0.0

    def coefficient(self, seed, index):
        """12 where the random field is non-negative, 3 elsewhere; [y, x] over the cells."""
        draw = np.random.default_rng([seed, index]).standard_normal(self.root.shape)
        return np.where(scipy.fft.idctn(self.root * draw, norm="ortho") >= 0.0, 12.0, 3.0)

    def solve(self, a, solver):
        """Values at the centres of the cells, [y, x]."""
        matrix = stiffness.assemble(self.basis, a=self.cells.interpolate(a[self.cell]))
        inner = matrix[self.inner][:, self.inner]
        load = self.load[self.inner]
        values = np.zeros(matrix.shape[0])
        if solver == "spsolve":
            values[self.inner] = scipy.sparse.linalg.spsolve(inner.tocsc(), load)
        else:
            hierarchy = pyamg.ruge_stuben_solver(inner.tocsr())
            values[self.inner] = hierarchy.solve(load, tol=1e-10, accel="cg")
        u = np.empty((self.n + 1, self.n + 1))
        u[self.node] = values
        return 0.25 * (u[1:, 1:] + u[1:, :-1] + u[:-1, 1:] + u[:-1, :-1])


PROBLEM = None


def start(n):
    global PROBLEM
    PROBLEM = Problem(n)


def sample(job):
    seed, index, solver = job
    a = PROBLEM.coefficient(seed, index)
    return index, a.astype(np.float32), PROBLEM.solve(a, solver).astype(np.float32)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--samples", type=int, default=200)
    arguments.add_argument("--resolution", type=int, default=256, help="elements a side")
    arguments.add_argument("--solver", choices=["spsolve", "pyamg"], default="spsolve")
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--out", help="HDF5 file; without it the samples are computed and dropped")
    a = arguments.parse_args()
    begin = time.perf_counter()
    jobs = [(a.seed, i, a.solver) for i in range(a.samples)]
    n = a.resolution
    file = h5py.File(a.out, "w") if a.out else None
    if file:
        file.create_dataset("a", (a.samples, n, n), np.float32)
        file.create_dataset("u", (a.samples, n, n), np.float32)
    peak = 0.0
    with multiprocessing.Pool(a.processes, start, (n,)) as pool:
        for index, coefficient, u in pool.imap(sample, jobs):
            peak = max(peak, float(u.max()))
            if file:
                file["a"][index], file["u"][index] = coefficient, u
    if file:
        file.close()
    seconds = time.perf_counter() - begin
    line = {
        "who": f"scikit-fem {skfem.__version__}, scipy {scipy.__version__}, pyamg {pyamg.__version__}",
        "work": f"darcy-{n}",
        "solver": a.solver,
        "samples": a.samples,
        "seconds": round(seconds, 3),
        "samples_per_second": round(a.samples / seconds, 3),
        "threads": a.processes,
        "largest_u": peak,
    }
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
