"""Patches of the authors' code (neuraloperator 2.0.0, training/patching.py), as golden vectors.

    pip install torch neuraloperator==2.0.0
    python multigrid_patches.py > multigrid_patches.jsonl

The input holds its own indices, so that every value says which point of the input it shows. The sizes are such that the authors'
code is defined: where a coarse level has stride 1 and an odd pad (4 points to a patch of two levels), its reshape fails.
"""

import contextlib
import json
import sys

import torch
from neuralop.training.patching import MultigridPatching2D

CASES = [
    # name, [batch, channels, height, width], levels, padding fractions
    ("one level", (2, 2, 8, 12), 1, [0.0, 0.0]),
    ("one level, padded", (1, 2, 8, 16), 1, [0.125, 0.125]),
    ("two levels", (1, 1, 32, 64), 2, [0.0, 0.0]),
    ("two levels, padded unequally", (1, 1, 32, 32), 2, [0.1, 0.05]),
    ("an odd window", (1, 1, 12, 20), 1, [0.1, 0.05]),
    ("padding of more than a patch", (1, 1, 8, 8), 1, [0.7, 0.7]),
]


def main():
    print("# Written by multigrid_patches.py: neuraloperator 2.0.0, training/patching.py.")
    for name, shape, levels, padding in CASES:
        x = torch.arange(torch.Size(shape).numel(), dtype=torch.float64).reshape(shape)
        with contextlib.redirect_stdout(sys.stderr):
            patching = MultigridPatching2D(torch.nn.Identity(), levels, padding)
        patches, _ = patching.patch(x, x)
        for key, value in (
            (f"{name}: setting", torch.tensor([*shape, levels, *padding], dtype=torch.float64)),
            (name, patches),
        ):
            values = [int(v) if v == int(v) else v for v in value.flatten().tolist()]
            print(json.dumps({"name": key, "shape": list(value.shape), "values": values}))


if __name__ == "__main__":
    main()
