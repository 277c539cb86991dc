"""Time steps of periodic equations in batches: exponax, order 4 and order 2.

The same equations, grids, batches and steps as `solvers/examples/spectral_times.rs`, single precision, `jit` and `vmap`.
"""

import argparse
import os

WORK = ["ks 256", "ns 64", "ns 128", "ns 256", "ns 512", "gray-scott 128", "gray-scott 64^3"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--work", choices=[*WORK, "all"], default="all")
    arguments.add_argument("--order", type=int, default=4)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--warmup", type=int, default=2)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--at-least", type=int, default=5)
    a = arguments.parse_args()
    # XLA takes its number of threads from the cores it may run on.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: a.threads])
    os.environ.setdefault("JAX_PLATFORMS", "cpu")

    import exponax as ex
    import jax
    import jax.numpy as jnp

    from common import measure, report

    tau = 2 * jnp.pi
    steppers = {
        "ks 256": (lambda: ex.stepper.KuramotoSivashinskyConservative(1, 60.0, 256, 0.1, order=a.order), 64, 500, 0.0),
        "gray-scott 128": (lambda: ex.stepper.reaction.GrayScott(2, 2.5, 128, 1.0, order=a.order), 4, 100, 0.4),
        "gray-scott 64^3": (lambda: ex.stepper.reaction.GrayScott(3, 1.0, 64, 1.0, order=a.order), 2, 10, 0.4),
    }
    for n, batch, steps in [(64, 16, 100), (128, 4, 100), (256, 4, 20), (512, 1, 10)]:
        make = lambda n=n: ex.stepper.NavierStokesVorticity(2, tau, n, 1e-3, diffusivity=1e-3, order=a.order)
        steppers[f"ns {n}"] = (make, batch, steps, 0.0)

    for work in WORK if a.work == "all" else [a.work]:
        make, batch, steps, mean = steppers[work]
        stepper = make()
        dim, channels, n = stepper.num_spatial_dims, stepper.num_channels, stepper.num_points
        x = jnp.arange(n) * tau / n
        phase = 1.0 + 0.1 * jnp.arange(batch * channels).reshape(batch, channels, *[1] * dim)
        # The axes of the smooth fields of the example: x last, y before it (or x again in one dimension), constant along z.
        xs = x
        ys = x[:, None] if dim > 1 else x
        wave = jnp.sin(xs + phase) * jnp.cos(2 * ys + phase) + 0.5 * jnp.sin(3 * xs - 2 * ys + 2 * phase)
        u = jnp.broadcast_to(mean + 0.3 * wave, (batch, channels, *[n] * dim)).astype(jnp.float32)
        run = jax.jit(jax.vmap(ex.repeat(stepper, steps)))
        times = measure(lambda: run(u).block_until_ready(), a.warmup, a.seconds, a.at_least)
        per_step = sorted(1e3 * t / (batch * steps) for t in times)
        finite = bool(jnp.isfinite(run(u)).all())
        who = f"exponax {ex.__version__ if hasattr(ex, '__version__') else ''} order {a.order}, jax {jax.__version__}"
        more = {"median_us": round(per_step[len(per_step) // 2], 3), "min_us": round(per_step[0], 3)}
        report(who, work, times, batch=batch, steps=steps, threads=a.threads, finite=finite, **more)


if __name__ == "__main__":
    main()
