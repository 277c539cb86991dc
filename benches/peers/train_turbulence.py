"""neuraloperator's FNO or TFNO, whole or on the patches of its multi-grid decomposition, on a set of `navier_stokes_claims`.

The budget is that of `benches/claims/budget.toml`: AdamW under a cosine, H1 loss, gradients clipped at 1. Prints the relative L2
error on the test set, averaged over samples, in physical units.

    python train_turbulence.py --data claims/data --levels 1 --padding 0.0625
"""

import argparse
import json
import time

import neuralop
import torch
from neuralop import H1Loss
from neuralop.models import FNO
from neuralop.training.patching import MultigridPatching2D

from common import peak_rss_mib
from train_darcy import Normal, load


def relative_l2(patching, x, y, output, batch):
    """Mean over samples of |prediction - truth| / |truth| in physical units."""
    errors = []
    with torch.inference_mode():
        for i in range(0, len(x), batch):
            p, t = output.decode(patched(patching, x[i : i + batch])), y[i : i + batch]
            errors.append((p - t).flatten(1).norm(dim=1) / t.flatten(1).norm(dim=1))
    return float(torch.cat(errors).mean())


def patched(patching, x):
    """The model's output on the whole grid."""
    if patching.levels == 0:  # their unpatch needs a level
        return patching.model(x)
    cut, _ = patching.patch(x, None)
    return patching.unpatch(patching.model(cut), None)[0]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", required=True, help="folder with data/{train,test}")
    arguments.add_argument("--levels", type=int, default=1)
    arguments.add_argument("--padding", type=float, default=0.0625, help="points beside a patch, as a fraction of the axis; above 0")
    arguments.add_argument("--rank", type=float, default=0.0, help="of Tucker weights, per layer; 0: dense weights")
    arguments.add_argument("--epochs", type=int, default=16)
    arguments.add_argument("--batch", type=int, default=2)
    arguments.add_argument("--lr", type=float, default=5e-3)
    arguments.add_argument("--width", type=int, default=32)
    arguments.add_argument("--modes", type=int, default=32)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=0)
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    (x, y), (xt, yt) = load(a.data, "train"), load(a.data, "test")
    inputs, output = Normal(x, False), Normal(y, False)
    x, xt, target = inputs.encode(x), inputs.encode(xt), output.encode(y)
    factorised = dict(factorization="tucker", rank=a.rank, implementation="factorized") if a.rank > 0 else {}
    model = FNO(
        n_modes=(a.modes, a.modes),
        in_channels=x.shape[1] * (a.levels + 1),
        out_channels=y.shape[1],
        hidden_channels=a.width,
        n_layers=4,
        **factorised,
    )
    patching = MultigridPatching2D(model, levels=a.levels, padding_fraction=a.padding)
    loss = H1Loss(d=2)
    steps = a.epochs * (len(x) // a.batch)
    opt = torch.optim.AdamW(model.parameters(), lr=a.lr, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=steps)
    start = time.perf_counter()
    for epoch in range(a.epochs):
        order = torch.randperm(len(x))
        total = 0.0
        for i in range(len(x) // a.batch):
            pick = order[i * a.batch : (i + 1) * a.batch]
            opt.zero_grad(set_to_none=True)
            value = loss(patched(patching, x[pick]), target[pick]) / a.batch  # their loss is a sum over the batch
            value.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            schedule.step()
            total += float(value.detach())
        print(json.dumps({"epoch": epoch + 1, "train_loss": total / (len(x) // a.batch)}), flush=True)
    seconds = time.perf_counter() - start
    parameters = sum(2 * p.numel() if p.is_complex() else p.numel() for p in model.parameters())
    result = {
        "who": f"neuraloperator {neuralop.__version__}, torch {torch.__version__}",
        "work": f"turbulence-levels-{a.levels}",
        "test_relative_l2": relative_l2(patching, xt, yt, output, 20),
        "train_relative_l2": relative_l2(patching, x, y, output, 20),
        "train_seconds": round(seconds, 1),
        "epochs": a.epochs,
        "parameters": parameters,
        "peak_rss_mib": round(peak_rss_mib(), 1),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
