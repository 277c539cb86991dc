"""Periodic equations integrated independently of ours and of exponax: numpy's FFT, f64, Lawson's fourth-order scheme.

With u_t = L u + N(u), v = exp(-L t) u obeys v_t = exp(-L t) N(exp(L t) v), which classical RK4 integrates (J. D. Lawson, SIAM J.
Numer. Anal. 4, 372 (1967)). Our own default is ETDRK4, so nothing but the equation is shared. Steps are halved until
two answers agree: a reference says by itself how exact it is.

States are arrays [component, (y,) x]; a spectrum is the real FFT over the space axes.
"""

import numpy as np


class Grid:
    """A periodic box: sizes and extents in array order, the last axis is x; products of up to `degree` factors without aliasing.

    Modes |k| <= (n - 1) / (degree + 1) are kept (the 2/3 rule for degree 2), or with `pad` all below Nyquist, with products formed
    on a finer grid. An odd derivative of the Nyquist mode is not real, so that this mode is left out in any case.
    """

    def __init__(self, sizes, extents, degree=2, pad=False):
        self.sizes, self.axes = tuple(sizes), tuple(range(-len(sizes), 0))
        index = [np.fft.fftfreq(n) * n for n in sizes]
        index[-1] = np.arange(sizes[-1] // 2 + 1.0)
        mesh = np.meshgrid(*index, indexing="ij")
        bound = [(n - 1) // 2 if pad else (n - 1) // (degree + 1) for n in sizes]
        self.kept = np.all([np.abs(i) <= b for i, b in zip(mesh, bound)], axis=0)
        k = [2 * np.pi * i / length for i, length in zip(mesh, extents)]
        self.square = sum(m * m for m in k)
        self.d = [1j * m for m in k]
        self.points = [length * np.arange(n) / n for n, length in zip(sizes, extents)]
        fine = [-(-n * (degree + 1) // 2) for n in sizes] if pad else sizes
        self.fine = tuple(n + n % 2 for n in fine) if pad else self.sizes
        rows = [np.rint(i).astype(int) % m for i, m in zip(index, self.fine)]
        self.embed = (..., *np.ix_(*rows))
        self.scale = np.prod(self.fine) / np.prod(self.sizes)

    def forward(self, u):
        """The spectrum of values on the grid, without the modes that are not kept."""
        return np.where(self.kept, np.fft.rfftn(u, axes=self.axes), 0.0)

    def inverse(self, s):
        return np.fft.irfftn(s, s=self.sizes, axes=self.axes)

    def to_fine(self, s):
        if self.fine == self.sizes:
            return self.inverse(s)
        wide = np.zeros((*s.shape[: s.ndim - len(self.sizes)], *self.fine[:-1], self.fine[-1] // 2 + 1), complex)
        wide[self.embed] = self.scale * s
        return np.fft.irfftn(wide, s=self.fine, axes=self.axes)

    def from_fine(self, u):
        if self.fine == self.sizes:
            return self.forward(u)
        return np.where(self.kept, np.fft.rfftn(u, axes=self.axes)[self.embed] / self.scale, 0.0)

    def product(self, *spectra):
        """The spectrum of a product."""
        out = 1.0
        for s in spectra:
            out = out * self.to_fine(s)
        return self.from_fine(out)


def lawson4(linear, nonlinear, state, steps, dt):
    """`steps` steps of size `dt` from the spectrum `state`; `linear` is the symbol of L."""
    half, full = np.exp(0.5 * dt * linear), np.exp(dt * linear)
    for _ in range(steps):
        a = nonlinear(state)
        b = nonlinear(half * (state + 0.5 * dt * a))
        c = nonlinear(half * state + 0.5 * dt * b)
        d = nonlinear(full * state + dt * half * c)
        state = full * state + dt / 6 * (full * a + 2 * half * (b + c) + d)
    return state


def integrate(linear, nonlinear, start, time, tolerance, steps=64, most=1 << 20):
    """The spectrum at `time`; halves the step until two answers agree to `tolerance`. Returns their extrapolation and their distance.

    The scheme is of fourth order: the extrapolated answer is better than the distance by an order of magnitude and more.
    """
    last = None
    while steps <= most:
        with np.errstate(over="ignore", invalid="ignore"):
            found = lawson4(linear, nonlinear, start, steps, time / steps)
        if last is not None and np.all(np.isfinite(found)):
            gap = np.linalg.norm(found - last) / max(np.linalg.norm(found), 1e-300)
            if gap <= tolerance:
                return found + (found - last) / 15.0, gap
        last, steps = found, 2 * steps
    raise SystemExit(f"the reference did not reach {tolerance:.0e} in {most} steps")


def burgers(grid, viscosity):
    """u_t + (u^2/2)_x = viscosity u_xx."""
    return -viscosity * grid.square, lambda s: -0.5 * grid.d[0] * grid.product(s, s)


def kdv(grid, advection, dispersion, viscosity=0.0, hyperviscosity=0.0):
    """u_t + advection (u^2/2)_x + dispersion u_xxx = viscosity u_xx - hyperviscosity u_xxxx."""
    linear = -dispersion * grid.d[0] ** 3 - viscosity * grid.square - hyperviscosity * grid.square**2
    return linear, lambda s: -0.5 * advection * grid.d[0] * grid.product(s, s)


def kuramoto_sivashinsky(grid):
    """u_t + (u^2/2)_x + u_xx + u_xxxx = 0 on a line."""
    return grid.square - grid.square**2, lambda s: -0.5 * grid.d[0] * grid.product(s, s)


def kuramoto_sivashinsky_potential(grid):
    """u_t + |grad u|^2 / 2 + Lap u + Lap^2 u = 0, in any dimension."""
    return grid.square - grid.square**2, lambda s: -0.5 * sum(grid.product(d * s, d * s) for d in grid.d)


def vorticity(grid, viscosity, forcing=None, drag=0.0):
    """w_t + v . grad w = viscosity Lap w - drag w + f, v = (psi_y, -psi_x), -Lap psi = w; `forcing` on the grid, [1, y, x]."""
    inverse = np.where(grid.square > 0, 1.0 / np.where(grid.square > 0, grid.square, 1.0), 0.0)
    dy, dx = grid.d
    force = 0.0 if forcing is None else grid.forward(forcing)

    def nonlinear(w):
        psi = inverse * w
        return force - grid.product(dy * psi, dx * w) + grid.product(dx * psi, dy * w)

    return -viscosity * grid.square - drag, nonlinear


def allen_cahn(grid, diffusivity, linear=1.0, cubic=1.0):
    """u_t = diffusivity Lap u + linear u - cubic u^3."""
    return -diffusivity * grid.square + linear, lambda s: -cubic * grid.product(s, s, s)


def gray_scott(grid, diffusivity, feed, kill):
    """a_t = D_a Lap a - a b^2 + F (1 - a), b_t = D_b Lap b + a b^2 - (F + k) b."""
    linear = np.stack([-diffusivity[0] * grid.square - feed, -diffusivity[1] * grid.square - feed - kill])
    source = grid.forward(np.stack([np.full(grid.sizes, feed), np.zeros(grid.sizes)]))

    def nonlinear(s):
        reaction = grid.product(s[0], s[1], s[1])
        return source + np.stack([-reaction, reaction])

    return linear, nonlinear


def cahn_hilliard(grid, epsilon, mobility):
    """u_t = mobility Lap (u^3 - u - epsilon^2 Lap u)."""
    q = grid.square
    return mobility * (q - epsilon**2 * q * q), lambda s: -mobility * q * grid.product(s, s, s)


def shallow_water(grid, gravity, coriolis=0.0, hyperviscosity=0.0):
    """Depth h and momentum (p, q), in conservation form, with -hyperviscosity Lap^2 of each; state [h, p, q]."""
    dy, dx = grid.d

    def nonlinear(s):
        h, p, q = (grid.to_fine(c) for c in s)
        pressure = 0.5 * gravity * h * h
        xx, xy, yy = (grid.from_fine(f) for f in (p * p / h + pressure, p * q / h, q * q / h + pressure))
        return np.stack([-dx * s[1] - dy * s[2], -dx * xx - dy * xy + coriolis * s[2], -dx * xy - dy * yy - coriolis * s[1]])

    return np.broadcast_to(-hyperviscosity * grid.square**2, (3, *grid.square.shape)), nonlinear


class ComplexLine:
    """A periodic line of complex values; products of four factors (cubic in psi, or psi and a potential) on a finer grid."""

    def __init__(self, n, length, degree=3):
        index = np.fft.fftfreq(n) * n
        self.kept = np.abs(index) <= (n - 1) // 2
        self.k, self.n = 2 * np.pi * index / length, n
        self.fine = 2 * (-(-n * (degree + 1) // 4))
        self.rows = np.rint(index).astype(int) % self.fine
        self.points = length * np.arange(self.fine) / self.fine

    def forward(self, psi):
        return np.where(self.kept, np.fft.fft(psi), 0.0)

    def inverse(self, s):
        return np.fft.ifft(s)

    def to_fine(self, s):
        wide = np.zeros(self.fine, complex)
        wide[self.rows] = s * self.fine / self.n
        return np.fft.ifft(wide)

    def from_fine(self, psi):
        return np.where(self.kept, np.fft.fft(psi)[self.rows] * self.n / self.fine, 0.0)


def schroedinger(line, nonlinearity, potential):
    """i psi_t = -psi_xx / 2 + V psi - nonlinearity |psi|^2 psi; `potential` is V(x)."""
    v = potential(line.points)

    def nonlinear(s):
        psi = line.to_fine(s)
        return -1j * line.from_fine(psi * (v - nonlinearity * np.abs(psi) ** 2))

    return -0.5j * line.k**2, nonlinear
