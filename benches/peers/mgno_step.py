"""Training steps and inference of the multigrid neural operator in PyTorch: model, data and loss of the Rust bench `step`.

One step = forward, relative L2 loss, backward, AdamW.
"""

import argparse

import torch

from common import measure, peak_rss_mib, report
from mgno import MgNO

# Grid, batch, whether gradients are taken.
WORK = {"mgno-train-64": (64, 8, True), "mgno-train-128": (128, 4, True), "mgno-infer-256": (256, 1, False)}


def relative_l2(p, y):
    norm = torch.linalg.vector_norm
    return (norm(p - y, dim=(1, 2, 3)) / norm(y, dim=(1, 2, 3))).mean()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--work", choices=[*WORK, "all"], default="mgno-train-64")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--warmup", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--at-least", type=int, default=8)
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    for work in WORK if a.work == "all" else [a.work]:
        size, batch, train = WORK[work]
        base = peak_rss_mib()
        model = MgNO()
        x = torch.randn(batch, 1, size, size)
        y = torch.randn(batch, 1, size, size)
        if train:
            opt = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-4)

            def step():
                opt.zero_grad(set_to_none=True)
                relative_l2(model(x), y).backward()
                opt.step()
        else:
            model.eval()

            def step():
                with torch.inference_mode():
                    model(x)

        times = measure(step, a.warmup, a.seconds, a.at_least)
        count = sum(p.numel() for p in model.parameters())
        who = f"torch {torch.__version__}"
        report(who, work, times, size=size, batch=batch, threads=a.threads, parameters=count, base_rss_mib=round(base, 1))


if __name__ == "__main__":
    main()
