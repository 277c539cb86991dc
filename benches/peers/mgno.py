"""The multigrid neural operator of He, Liu, Xu (ICLR 2024) for Darcy flow in PyTorch, as its authors' code computes it.

Levels are pairs (steps on the way down, steps on the way up). Zeros beyond the ends, biases in the maps beside the cycles only.
"""

import torch
from torch import nn

# The network for rough coefficients: six levels.
DARCY = ((1, 0),) * 5 + ((2, 0),)


def smoother(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)


def coarsening(channels):
    return nn.Conv2d(channels, channels, 3, stride=2, padding=1, bias=False)


class Step(nn.Module):
    """u + S (f - A u), or S f where there is no u yet."""

    def __init__(self, inputs, outputs, first=False):
        super().__init__()
        self.operator = None if first else smoother(outputs, inputs)
        self.smoother = smoother(inputs, outputs)

    def forward(self, u, f):
        if self.operator is None:
            return self.smoother(f)
        return u + self.smoother(f - self.operator(u))


class Cycle(nn.Module):
    """One linear operator."""

    def __init__(self, inputs, outputs, levels, taps=4):
        super().__init__()
        coarser = range(1, len(levels))
        self.down = nn.ModuleList(
            nn.ModuleList(Step(inputs, outputs, first=level == i == 0) for i in range(down)) for level, (down, _) in enumerate(levels)
        )
        self.up = nn.ModuleList(nn.ModuleList(Step(inputs, outputs) for _ in range(up)) for _, up in levels[:-1])
        self.start = nn.ModuleList(coarsening(outputs) for _ in coarser)
        self.restriction = nn.ModuleList(coarsening(inputs) for _ in coarser)
        self.prolongation = nn.ModuleList(nn.ConvTranspose2d(outputs, outputs, taps, stride=2, padding=1, bias=False) for _ in coarser)

    def forward(self, f):
        u, kept = None, []
        for level, steps in enumerate(self.down):
            if level > 0:
                f, u = self.restriction[level - 1](f), self.start[level - 1](u)
            for step in steps:
                u = step(u, f)
            kept.append((u, f))
        for level in reversed(range(len(self.up))):
            fine, f = kept[level]
            u = fine + self.prolongation[level](u)
            for step in self.up[level]:
                u = step(u, f)
        return u


class MgNO(nn.Module):
    """v <- GELU(W v + K v + b), layer after layer, and a linear map of the channels."""

    def __init__(self, width=24, layers=4, levels=DARCY, inputs=1, outputs=1):
        super().__init__()
        ins = [inputs] + [width] * (layers - 1)
        self.cycles = nn.ModuleList(Cycle(i, width, levels) for i in ins)
        self.beside = nn.ModuleList(nn.Conv2d(i, width, 1) for i in ins)
        self.head = nn.Conv2d(width, outputs, 1, bias=False)

    def forward(self, v):
        for cycle, beside in zip(self.cycles, self.beside):
            v = nn.functional.gelu(cycle(v) + beside(v))
        return self.head(v)
