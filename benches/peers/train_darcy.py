"""neuraloperator's TFNO on a data set of `sobolev generate` or `sobolev demo`, with the demo's epochs, batches and optimiser.

Prints the relative L2 error on the test set, averaged over samples, in physical units.

    python train_darcy.py --data demo/data
"""

import argparse
import json
import pathlib
import time

import h5py
import neuralop
import numpy as np
import torch
from neuralop import LpLoss
from neuralop.models import FNO

from common import peak_rss_mib


def load(folder, split):
    """Inputs and targets [sample, channel, y, x] of a steady data set in the layout of The Well."""
    inputs, targets = [], []
    paths = sorted(pathlib.Path(folder, "data", split).glob("*.hdf5"))
    if not paths:
        raise SystemExit(f"no .hdf5 file in {folder}/data/{split}")
    for path in paths:
        with h5py.File(path) as file:
            fields = [file["t0_fields"][name] for name in file["t0_fields"].attrs["field_names"]]
            inputs.append(np.stack([f[...] for f in fields if not f.attrs["time_varying"]], 1))
            targets.append(np.stack([f[:, 0] for f in fields if f.attrs["time_varying"]], 1))
    return torch.from_numpy(np.concatenate(inputs)), torch.from_numpy(np.concatenate(targets))


class Normal:
    """Mean 0 and deviation 1 per channel, or per point (`axes`)."""

    def __init__(self, values, pointwise):
        axes = (0,) if pointwise else (0, 2, 3)
        self.mean = values.mean(axes, keepdim=True)
        self.std = values.std(axes, keepdim=True, correction=0).clamp_min(1e-7 * float(values.abs().max()))

    def encode(self, x):
        return (x - self.mean) / self.std

    def decode(self, x):
        return x * self.std + self.mean


def error(model, x, y, output, batch):
    """Mean over samples of |prediction - truth| / |truth| in physical units."""
    model.eval()
    errors = []
    with torch.inference_mode():
        for i in range(0, len(x), batch):
            p, t = output.decode(model(x[i : i + batch])), y[i : i + batch]
            errors.append((p - t).flatten(1).norm(dim=1) / t.flatten(1).norm(dim=1))
    model.train()
    return float(torch.cat(errors).mean())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", required=True, help="folder with data/{train,valid,test}")
    arguments.add_argument("--epochs", type=int, default=50)
    arguments.add_argument("--batch", type=int, default=16)
    arguments.add_argument("--lr", type=float, default=5e-3)
    arguments.add_argument("--weight-decay", type=float, default=1e-4)
    arguments.add_argument("--schedule", choices=["one-cycle", "cosine"], default="one-cycle")
    arguments.add_argument("--pct-start", type=float, default=0.3)
    arguments.add_argument("--clip", type=float, default=0.0, help="largest global norm of the gradient; 0: none")
    arguments.add_argument("--width", type=int, default=32)
    arguments.add_argument("--modes", type=int, default=16)
    arguments.add_argument("--rank", type=float, default=0.1)
    arguments.add_argument("--pointwise", action="store_true", help="normalise every point by itself")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=0)
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    (x, y), (xv, yv), (xt, yt) = (load(a.data, split) for split in ("train", "valid", "test"))
    inputs, output = Normal(x, a.pointwise), Normal(y, a.pointwise)
    x, xv, xt, target = inputs.encode(x), inputs.encode(xv), inputs.encode(xt), output.encode(y)
    model = FNO(
        n_modes=(a.modes, a.modes),
        in_channels=x.shape[1],
        out_channels=y.shape[1],
        hidden_channels=a.width,
        n_layers=4,
        factorization="tucker",
        rank=a.rank,
        implementation="factorized",
    )
    loss = LpLoss(d=2, p=2)
    steps = a.epochs * (len(x) // a.batch)
    opt = torch.optim.AdamW(model.parameters(), lr=a.lr, weight_decay=a.weight_decay)
    if a.schedule == "one-cycle":
        cycle = dict(max_lr=a.lr, total_steps=steps, pct_start=a.pct_start, cycle_momentum=False)
        schedule = torch.optim.lr_scheduler.OneCycleLR(opt, **cycle)
    else:
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=steps)
    start = time.perf_counter()
    for epoch in range(a.epochs):
        order = torch.randperm(len(x))
        total = 0.0
        for i in range(len(x) // a.batch):
            pick = order[i * a.batch : (i + 1) * a.batch]
            opt.zero_grad(set_to_none=True)
            value = loss(model(x[pick]), target[pick]) / a.batch  # their loss is a sum over the batch
            value.backward()
            if a.clip > 0:
                torch.nn.utils.clip_grad_norm_(model.parameters(), a.clip)
            opt.step()
            schedule.step()
            total += float(value.detach())
        line = {"epoch": epoch + 1, "train_loss": total / (len(x) // a.batch), "valid_l2": error(model, xv, yv, output, 50)}
        print(json.dumps(line), flush=True)
    parameters = sum(2 * p.numel() if p.is_complex() else p.numel() for p in model.parameters())
    result = {
        "who": f"neuraloperator {neuralop.__version__}, torch {torch.__version__}",
        "work": "darcy-tfno",
        "test_relative_l2": error(model, xt, yt, output, 50),
        "train_seconds": round(time.perf_counter() - start, 1),
        "epochs": a.epochs,
        "batch": a.batch,
        "parameters": parameters,
        "peak_rss_mib": round(peak_rss_mib(), 1),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
