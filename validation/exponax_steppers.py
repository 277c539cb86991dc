"""The same equations stepped by exponax, in f64 with ETDRK4 and small steps.

Arrays are [component, (y,) x] here and [component, x(, y)] there. What to know of exponax 0.2.0:

- its vorticity is minus the curl (its velocity is the rotated gradient of the inverse Laplacian of w, not of -w): it gets -w;
- it does not dealias the advection of vorticity;
- it keeps the real part of the contour means of ETDRK. For dispersive equations the means are complex: there
  it converges to the right solution, but at first order, so that `kdv` extrapolates two step sizes.
"""

import jax

jax.config.update("jax_enable_x64", True)

import exponax as ex
import jax.numpy as jnp
import numpy as np


def run(stepper, state, steps):
    out = ex.repeat(stepper, steps)(jnp.asarray(np.swapaxes(state, 1, -1) if state.ndim == 3 else state))
    out = np.asarray(out)
    return np.swapaxes(out, 1, -1) if state.ndim == 3 else out


def of(make, steps, sign=1.0):
    """A function (state, time) -> state for a stepper `make(dt)`."""
    return lambda state, time: sign * run(make(time / steps), sign * state, steps)


def burgers(n, extent, viscosity, steps):
    return of(lambda dt: ex.stepper.Burgers(1, extent, n, dt, diffusivity=viscosity, order=4), steps)


def kdv(n, extent, advection, dispersion, viscosity, steps):
    make = lambda dt: ex.stepper.KortewegDeVries(1, extent, n, dt, convection_scale=advection, dispersivity=dispersion,
                                                 diffusivity=viscosity, hyper_diffusivity=0.0, order=4)
    coarse, fine = of(make, steps), of(make, 2 * steps)
    return lambda state, time: 2.0 * fine(state, time) - coarse(state, time)


def kuramoto_sivashinsky(n, extent, steps):
    return of(lambda dt: ex.stepper.KuramotoSivashinskyConservative(1, extent, n, dt, order=4), steps)


def vorticity(n, extent, viscosity, drag, steps):
    return of(lambda dt: ex.stepper.NavierStokesVorticity(2, extent, n, dt, diffusivity=viscosity, drag=-drag, order=4), steps, -1.0)


def kolmogorov(n, extent, viscosity, drag, mode, strength, steps):
    """Vorticity forcing -mode strength cos(2 pi mode y / extent) in our sign."""
    return of(lambda dt: ex.stepper.KolmogorovFlowVorticity(2, extent, n, dt, diffusivity=viscosity, drag=-drag, injection_mode=mode,
                                                            injection_scale=-strength, order=4), steps, -1.0)


def allen_cahn(dims, n, extent, diffusivity, linear, cubic, steps):
    return of(lambda dt: ex.stepper.reaction.AllenCahn(dims, extent, n, dt, diffusivity=diffusivity, first_order_coefficient=linear,
                                                       third_order_coefficient=-cubic, order=4), steps)


def gray_scott(n, extent, diffusivity, feed, kill, steps):
    return of(lambda dt: ex.stepper.reaction.GrayScott(2, extent, n, dt, diffusivity_1=diffusivity[0], diffusivity_2=diffusivity[1],
                                                       feed_rate=feed, kill_rate=kill, order=4), steps)


def cahn_hilliard(dims, n, extent, epsilon, mobility, steps):
    """exponax: u_t = diffusivity Lap(third u^3 + first u - gamma Lap u)."""
    return of(lambda dt: ex.stepper.reaction.CahnHilliard(dims, extent, n, dt, diffusivity=mobility, gamma=epsilon**2,
                                                          first_order_coefficient=-1.0, third_order_coefficient=1.0, order=4), steps)
