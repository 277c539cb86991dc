#!/usr/bin/env python3
"""Turns the file of `sobolev export --format xy` into the `.pt` files that neuraloperator's PTDataset loads: {"x", "y"}.

    python validation/xy_to_pt.py darcy_test.hdf5 darcy_test_64.pt
"""

import sys

import h5py
import torch

with h5py.File(sys.argv[1], "r") as f:
    torch.save({name: torch.from_numpy(f[name][:]) for name in ("x", "y")}, sys.argv[2])
