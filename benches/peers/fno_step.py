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

# Rows of benches/RESULTS.md: form of the weights (None: dense) and their rank, grid, batch, whether gradients are taken,
# width, modes.
WORK = {
    "fno-train-64": (None, 1.0, 64, 16, True, 32, 16),
    "tfno-train-64": ("tucker", 0.1, 64, 16, True, 32, 16),
    "fno-train-128": (None, 1.0, 128, 8, True, 32, 16),
    "tfno-train-128": ("tucker", 0.1, 128, 8, True, 32, 16),
    "fno-infer-64": (None, 1.0, 64, 16, False, 32, 16),
    "tfno-infer-64": ("tucker", 0.1, 64, 16, False, 32, 16),
    "fno-infer-128": (None, 1.0, 128, 8, False, 32, 16),
    "tfno-infer-128": ("tucker", 0.1, 128, 8, False, 32, 16),
    # The size of the paper's experiments. The library has no joint weights any more: its weights are factorised layer by layer.
    "fno-train-128w64": (None, 1.0, 128, 4, True, 64, 64),
    "tfno-train-128w64-tucker": ("tucker", 1 / 150, 128, 4, True, 64, 64),
    "tfno-train-128w64-cp": ("cp", 1 / 150, 128, 4, True, 64, 64),
    "tfno-train-128w64-tt": ("tt", 1 / 150, 128, 4, True, 64, 64),
}


def build(form, width, modes, rank):
    """The library's default block; the TFNO is its FNO with weights that are contracted without being rebuilt."""
    shared = dict(n_modes=(modes, modes), in_channels=1, out_channels=1, hidden_channels=width, n_layers=4)
    if form is None:
        return FNO(**shared)
    return FNO(**shared, factorization=form, rank=rank, implementation="factorized")


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
    arguments.add_argument("--width", type=int, help="another width than the work's")
    arguments.add_argument("--modes", type=int, help="other modes per axis than the work's")
    arguments.add_argument("--rank", type=float, help="another fraction of the dense weights than the work's")
    arguments.add_argument("--optimiser", choices=["torch", "neuralop"], default="torch")
    arguments.add_argument("--warmup", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--at-least", type=int, default=8)
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    for work in WORK if a.work == "all" else [a.work]:
        form, rank, size, batch, train, width, modes = WORK[work]
        size, batch = a.size or size, a.batch or batch
        width, modes, rank = a.width or width, a.modes or modes, a.rank or rank
        base = peak_rss_mib()
        model = build(form, width, modes, rank)
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
            width=width,
            modes=modes,
            rank=rank,
            parameters=count,
            base_rss_mib=round(base, 1),
        )


if __name__ == "__main__":
    main()
