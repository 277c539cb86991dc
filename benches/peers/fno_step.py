"""Training steps and inference of neuraloperator's FNO and TFNO: model, data and loss of the Rust bench `step`.

One step = forward, relative L2 loss, backward, AdamW. For the second column of the table start it with glibc told to
keep its memory:

    MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=268435456 python fno_step.py ...
"""

import argparse

import neuralop
import torch
from neuralop import LpLoss
from neuralop.models import FNO

from common import measure, peak_rss_mib, report

# Work, model, grid, batch, whether gradients are taken: the rows of benches/RESULTS.md.
WORK = {
    "fno-train-64": ("fno", 64, 16, True),
    "tfno-train-64": ("tfno", 64, 16, True),
    "fno-train-128": ("fno", 128, 8, True),
    "tfno-train-128": ("tfno", 128, 8, True),
    "fno-infer-64": ("fno", 64, 16, False),
    "tfno-infer-64": ("tfno", 64, 16, False),
    "fno-infer-128": ("fno", 128, 8, False),
    "tfno-infer-128": ("tfno", 128, 8, False),
}


def build(kind, width, modes, rank):
    """The library's default block; the TFNO is its FNO with Tucker weights that are contracted without being rebuilt."""
    shared = dict(n_modes=(modes, modes), in_channels=1, out_channels=1, hidden_channels=width, n_layers=4)
    if kind == "fno":
        return FNO(**shared)
    return FNO(**shared, factorization="tucker", rank=rank, implementation="factorized")


def optimiser(kind, parameters):
    """torch's AdamW, or the one that neuraloperator's own training scripts use."""
    if kind == "torch":
        return torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-4)
    from neuralop.training import AdamW

    return AdamW(parameters, lr=1e-3, weight_decay=1e-4)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--work", choices=[*WORK, "all"], default="fno-train-64")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--size", type=int, help="another grid than the work's")
    arguments.add_argument("--batch", type=int, help="another batch than the work's")
    arguments.add_argument("--width", type=int, default=32)
    arguments.add_argument("--modes", type=int, default=16)
    arguments.add_argument("--rank", type=float, default=0.1)
    arguments.add_argument("--optimiser", choices=["torch", "neuralop"], default="torch")
    arguments.add_argument("--warmup", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--at-least", type=int, default=8)
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    for work in WORK if a.work == "all" else [a.work]:
        kind, size, batch, train = WORK[work]
        size, batch = a.size or size, a.batch or batch
        base = peak_rss_mib()
        model = build(kind, a.width, a.modes, a.rank)
        x = torch.randn(batch, 1, size, size)
        y = torch.randn(batch, 1, size, size)
        loss = LpLoss(d=2, p=2)
        if train:
            opt = optimiser(a.optimiser, model.parameters())

            def step():
                opt.zero_grad(set_to_none=True)
                loss(model(x), y).backward()
                opt.step()
        else:
            model.eval()

            def step():
                with torch.inference_mode():
                    model(x)

        times = measure(step, a.warmup, a.seconds, a.at_least)
        count = sum(2 * p.numel() if p.is_complex() else p.numel() for p in model.parameters())
        report(
            f"neuraloperator {neuralop.__version__}, torch {torch.__version__}",
            work,
            times,
            size=size,
            batch=batch,
            threads=a.threads,
            optimiser=a.optimiser if train else None,
            parameters=count,
            base_rss_mib=round(base, 1),
        )


if __name__ == "__main__":
    main()
