"""Convolutions with k x k taps, forward (`-forward`) and with the backward pass: PyTorch's (oneDNN)."""

import argparse

import torch

from common import measure, report

# name: taps, stride, padding mode, transposed
KINDS = {
    "conv-zero": (3, 1, "zeros", False),
    "conv-circular": (3, 1, "circular", False),
    "conv-reflect": (3, 1, "reflect", False),
    "conv-stride2": (3, 2, "zeros", False),
    "conv-transposed": (4, 2, "zeros", True),
}
WORK = [name + suffix for name in KINDS for suffix in ("-forward", "")]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--work", choices=[*WORK, "all"], default="conv-zero")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--size", type=int, default=64)
    arguments.add_argument("--batch", type=int, default=16)
    arguments.add_argument("--width", type=int, default=32)
    arguments.add_argument("--warmup", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--at-least", type=int, default=10)
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    for work in WORK if a.work == "all" else [a.work]:
        taps, stride, mode, transposed = KINDS[work.removesuffix("-forward")]
        kind = torch.nn.ConvTranspose2d if transposed else torch.nn.Conv2d
        layer = kind(a.width, a.width, taps, stride=stride, padding=1, padding_mode=mode, bias=False)
        size = a.size // stride if transposed else a.size
        x = torch.randn(a.batch, a.width, size, size, requires_grad=True)
        g = torch.randn_like(layer(x))

        def forward():
            with torch.no_grad():
                layer(x)

        def both():
            x.grad = None
            layer.zero_grad(set_to_none=True)
            layer(x).backward(g)

        times = measure(forward if work.endswith("-forward") else both, a.warmup, a.seconds, a.at_least)
        report(f"torch {torch.__version__}", work, times, size=a.size, batch=a.batch, width=a.width, threads=a.threads)


if __name__ == "__main__":
    main()
