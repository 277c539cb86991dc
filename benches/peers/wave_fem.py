"""Acoustic wave by scikit-fem and scipy: m u_tt = div(grad u) + s(t) delta, m = 1/c^2, 1000 leapfrog steps with lumped mass.

Unit square of n x n bilinear elements, c = 1 in the lower half and 1.5 in the upper, first-order absorbing border
(u_t + c du/dn = 0), Ricker source of 12 cycles per unit of time at (0.5, 0.3). The time is that of the steps alone: matrices,
source and work arrays are made before.
"""

import argparse

import numpy as np
import skfem
from skfem.helpers import dot, grad

from common import measure, report


def speed(x):
    """c at points [2, ...]."""
    return np.where(x[1] < 0.5, 1.0, 1.5)


@skfem.BilinearForm
def stiffness(u, v, _):
    return dot(grad(u), grad(v))


@skfem.BilinearForm
def mass(u, v, w):
    return u * v / speed(w.x) ** 2


@skfem.BilinearForm
def border(u, v, w):
    return u * v / speed(w.x)


class Wave:
    """Everything the steps need: u_next = p (q u + r u_before - dt^2 (K u - f)), all but K diagonal."""

    def __init__(self, n, cfl):
        ticks = np.linspace(0.0, 1.0, n + 1)
        mesh = skfem.MeshQuad.init_tensor(ticks, ticks)
        element = skfem.ElementQuad1()
        basis = skfem.Basis(mesh, element, intorder=2)
        self.stiffness = stiffness.assemble(basis).tocsr()
        m = np.asarray(mass.assemble(basis).sum(axis=1)).ravel()
        c = np.asarray(border.assemble(skfem.FacetBasis(mesh, element, intorder=2)).sum(axis=1)).ravel()
        self.dt = cfl / (n * 1.5 * np.sqrt(2.0))
        self.inverse = 1.0 / (m + 0.5 * self.dt * c)
        self.before_factor = 0.5 * self.dt * c - m
        self.mass2 = 2.0 * m
        self.source = int(np.argmin((basis.doflocs[0] - 0.5) ** 2 + (basis.doflocs[1] - 0.3) ** 2))

    def ricker(self, t, frequency=12.0):
        a = (np.pi * frequency * (t - 1.5 / frequency)) ** 2
        return (1.0 - 2.0 * a) * np.exp(-a)

    def run(self, steps):
        before, now = np.zeros(len(self.inverse)), np.zeros(len(self.inverse))
        square = self.dt**2
        for step in range(steps):
            force = self.stiffness @ now
            force *= -square
            force[self.source] += square * self.ricker(step * self.dt)
            force += self.mass2 * now
            force += self.before_factor * before
            force *= self.inverse
            before, now = now, force
        return now


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=256, help="elements a side")
    arguments.add_argument("--steps", type=int, default=1000)
    arguments.add_argument("--cfl", type=float, default=0.5)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--at-least", type=int, default=2)
    a = arguments.parse_args()
    wave, last = Wave(a.size, a.cfl), []
    times = measure(lambda: last.append(wave.run(a.steps)), 0, a.seconds, a.at_least)
    peak = float(np.abs(last[-1]).max())
    assert np.isfinite(peak) and peak > 0.0, "the wave blew up or never started"
    report(f"scikit-fem {skfem.__version__} + scipy", "wave", times, size=a.size, steps=a.steps, peak=peak, threads=1)


if __name__ == "__main__":
    main()
