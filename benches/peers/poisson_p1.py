"""P1 elements for -div(grad u) = 1 on the unit square, u = 0 on its border: assembly, by scikit-fem or NGSolve.

The mesh is n x n squares, each cut into two triangles: n = 256 has 65,025 inner nodes. Works:

    assembly-first    everything behind the mesh: degrees of freedom, quadrature, pattern, matrix and load
    assembly-again    matrix and load once more, with all that the library keeps between two assemblies

Both include the load vector; neither includes mesh generation.
"""

import argparse

from common import measure, report


def scikit_fem(n):
    import numpy as np
    import skfem
    from skfem.helpers import dot, grad

    ticks = np.linspace(0.0, 1.0, n + 1)
    mesh = skfem.MeshTri.init_tensor(ticks, ticks)

    @skfem.BilinearForm
    def stiffness(u, v, _):
        return dot(grad(u), grad(v))

    @skfem.LinearForm
    def load(v, _):
        return 1.0 * v

    # One point integrates a product of two constant gradients, and a linear function, exactly.
    basis = skfem.Basis(mesh, skfem.ElementTriP1(), intorder=1)

    def again():
        return stiffness.assemble(basis), load.assemble(basis)

    def first():
        fresh = skfem.Basis(mesh, skfem.ElementTriP1(), intorder=1)
        return stiffness.assemble(fresh), load.assemble(fresh)

    matrix, rhs = again()
    return f"scikit-fem {skfem.__version__}", first, again, matrix.shape[0], float(rhs.sum())


def ngsolve(n, threads):
    import ngsolve as ngs
    from ngsolve.meshes import MakeStructured2DMesh

    ngs.SetNumThreads(threads)
    mesh = MakeStructured2DMesh(quads=False, nx=n, ny=n)

    def forms():
        space = ngs.H1(mesh, order=1)
        u, v = space.TnT()
        a = ngs.BilinearForm(space, symmetric=False)
        a += ngs.grad(u) * ngs.grad(v) * ngs.dx
        f = ngs.LinearForm(space)
        f += v * ngs.dx
        return space, a, f

    def assemble(a, f):
        with ngs.TaskManager():
            a.Assemble()
            f.Assemble()

    space, a, f = forms()
    assemble(a, f)

    def first():
        _, fresh_a, fresh_f = forms()
        assemble(fresh_a, fresh_f)

    return f"NGSolve {ngs.__version__}", first, lambda: assemble(a, f), space.ndof, float(sum(f.vec))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tool", choices=["scikit-fem", "ngsolve"], default="scikit-fem")
    arguments.add_argument("--work", choices=["assembly-first", "assembly-again"], default="assembly-again")
    arguments.add_argument("--size", type=int, default=256, help="squares a side")
    arguments.add_argument("--threads", type=int, default=2, help="of NGSolve; scikit-fem's assembly uses one")
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--at-least", type=int, default=5)
    a = arguments.parse_args()
    who, first, again, unknowns, area = ngsolve(a.size, a.threads) if a.tool == "ngsolve" else scikit_fem(a.size)
    # The load of 1 sums to the area: both sides did assemble this problem.
    assert abs(area - 1.0) < 1e-12, area
    times = measure(first if a.work == "assembly-first" else again, 1, a.seconds, a.at_least)
    report(who, a.work, times, size=a.size, unknowns=unknowns, threads=a.threads)


if __name__ == "__main__":
    main()
