#!/usr/bin/env python3
"""Do exponax and a plain numpy integration find the trajectories that `sobolev generate` wrote for periodic problems?

    python validation/validate_spectral.py FOLDER... [--split test] [--samples 1] [--windows 2]

From a stored state the next stored one is computed twice, by exponax (where it has the equation) and by numpy with steps that are
halved until the answer stands (`spectral_reference.py`), on the stored grid. Stored fields are f32, so that two exact solutions from
a stored state still differ by rounding, times whatever the flow does to a perturbation between two stored times; and a field
that its grid does not resolve differs by what each side does with the modes that are missing. Each bound says which.

Exit code 0: all within bounds, 1: not, 2: bad usage.
"""

import argparse
import sys

import numpy as np

import spectral_reference as reference
from common import Table, distance, load

# Agreement of the two halved steps of the reference.
EXACT = 1e-9


class Window:
    """From one stored state to another: arrays [component, (y,) x]."""

    def __init__(self, samples, sample, names, start, end, initial=None):
        pick = lambda step: np.stack([samples.fields[n][sample, step] for n in names])
        self.start = pick(start) if initial is None else initial
        self.end = pick(end)
        self.duration = float(samples.time[end] - (samples.time[start] if initial is None else 0.0))
        self.label = f"sample {sample}, t = {samples.time[end] - self.duration:g} to {samples.time[end]:g}"


def consecutive(samples, sample, names, windows):
    """Windows between neighbouring stored times, spread over the trajectory."""
    last = len(samples.time) - 1
    starts = np.unique(np.linspace(0, last - 1, windows).astype(int))
    return [Window(samples, sample, names, i, i + 1) for i in starts]


def from_constant(samples, sample, name, names):
    """One window from a constant field at t = 0 to each stored time."""
    initial = samples.fields[name][sample][None]
    return [Window(samples, sample, names, None, i, initial) for i in range(len(samples.time)) if samples.time[i] > 0]


def grid_of(samples, degree=2, pad=False):
    names = list(samples.axes)
    return reference.Grid([len(samples.axes[a]) for a in names], [samples.extent(a) for a in names], degree, pad)


def check(table, samples, windows, grid, equation, other, bound, sign):
    """Adds the rows of one problem; `other` is exponax's function (state, time) -> state or None."""
    for window in windows:
        state, _ = reference.integrate(*equation, grid.forward(window.start), window.duration, EXACT)
        mine = grid.inverse(state)
        table.add(f"{samples.name}, {window.label}: numpy", distance(window.end, mine), bound)
        if other is not None:
            theirs = other(window.start, window.duration)
            table.add(f"{samples.name}, {window.label}: exponax", distance(window.end, theirs), bound * sign)
