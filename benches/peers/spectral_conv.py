"""Forward and backward of one spectral convolution, dense weight: neuraloperator's SpectralConv."""

import argparse

import neuralop
import torch
from neuralop.layers.spectral_convolution import SpectralConv

from common import measure, report

WORK = {"spectral-64": (64, 16), "spectral-128": (128, 8)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--work", choices=[*WORK, "all"], default="spectral-64")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--width", type=int, default=32)
    arguments.add_argument("--modes", type=int, default=16)
    arguments.add_argument("--warmup", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--at-least", type=int, default=10)
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    for work in WORK if a.work == "all" else [a.work]:
        size, batch = WORK[work]
        conv = SpectralConv(a.width, a.width, n_modes=(a.modes, a.modes), factorization=None)
        x = torch.randn(batch, a.width, size, size, requires_grad=True)
        g = torch.randn(batch, a.width, size, size)

        def step():
            x.grad = None
            conv.zero_grad(set_to_none=True)
            conv(x).backward(g)

        times = measure(step, a.warmup, a.seconds, a.at_least)
        who = f"neuraloperator {neuralop.__version__}, torch {torch.__version__}"
        report(who, work, times, size=size, batch=batch, threads=a.threads)


if __name__ == "__main__":
    main()
