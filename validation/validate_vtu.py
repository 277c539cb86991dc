#!/usr/bin/env python3
"""Does an independent reader find in our .vtu and .msh files what was written?

    pip install meshio gmsh
    cargo run --release -p sobolev-solvers --example mesh_files -- FOLDER
    python validation/validate_vtu.py FOLDER

The example writes one mesh of every kind of cell on the box [0, 2] x [0, 1] x [0, 1] (as many axes as the cells have) as `KIND.vtu`, with
the point fields `linear` = 1 + 2x - y + 3z and `position` = (x, y, z), the cell field `volume` and the region tag `tag`, 1 where x < 1,
and as `KIND.msh`. Checked with meshio:

- points, cells and fields, against the formulas, exactly up to rounding;
- the volume of the box, by the vertices of the cells (simplices) and by the field `volume`;
- the tagged volume.

Checked with Gmsh itself, which reads the .msh files: kinds and numbers of cells, names of the physical groups. Exit code 0: all agree,
1: not, 2: bad usage.
"""

import argparse
import sys
from pathlib import Path

import gmsh
import meshio
import numpy as np

KINDS = {"interval": ("line", 1), "triangle": ("triangle", 2), "quadrilateral": ("quad", 2), "tetrahedron": ("tetra", 3), "hexahedron": ("hexahedron", 3)}
SIDES = ["left", "right", "bottom", "top", "back", "front"]


def simplex_volume(points, cells, dim):
    """The sum of the volumes of simplices."""
    edges = points[cells[:, 1:]] - points[cells[:, :1]]
    return np.linalg.det(edges[:, :, :dim]).sum() / np.prod(np.arange(1, dim + 1))


def check_vtu(path, name, dim):
    """The names of the checks that failed."""
    mesh = meshio.read(path)
    x = mesh.points
    block = mesh.cells[0]
    volume = mesh.cell_data["volume"][0]
    tag = mesh.cell_data["tag"][0]
    checks = {
        "kind": len(mesh.cells) == 1 and block.type == name,
        "points": np.allclose(x.max(0), [2, dim > 1, dim > 2]) and np.allclose(x.min(0), 0),
        "linear": np.allclose(mesh.point_data["linear"], 1 + 2 * x[:, 0] - x[:, 1] + 3 * x[:, 2], rtol=0, atol=1e-14),
        "position": np.array_equal(mesh.point_data["position"], x),
        "volume": np.isclose(volume.sum(), 2, rtol=1e-13),
        "tag": np.isclose(volume[tag == 1].sum(), 1, rtol=1e-13) and set(tag) == {0, 1},
        "centres": np.all((x[block.data].mean(1)[:, 0] < 1) == (tag == 1)),
    }
    if name in ("line", "triangle", "tetra"):
        checks["simplices"] = np.isclose(simplex_volume(x, block.data, dim), 2, rtol=1e-13)
    return [check for check, holds in checks.items() if not holds], len(block.data)


def check_msh(path, dim, cells):
    """The names of the checks that failed."""
    gmsh.open(str(path))
    types, tags, _ = gmsh.model.mesh.getElements(dim)
    names = {group: gmsh.model.getPhysicalName(*group) for group in gmsh.model.getPhysicalGroups()}
    sides = sorted(name for (d, _), name in names.items() if d == dim - 1)
    regions = [name for (d, _), name in names.items() if d == dim]
    checks = {
        "cells": len(set(types)) == 1 and sum(len(t) for t in tags) == cells,
        "boundaries": sides == sorted(SIDES[: 2 * dim]),
        "regions": regions == ["west"],
    }
    return [check for check, holds in checks.items() if not holds]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    failed = False
    for kind, (name, dim) in KINDS.items():
        paths = [folder / f"{kind}.{ending}" for ending in ("vtu", "msh")]
        if missing := [p for p in paths if not p.exists()]:
            print(f"there is no {missing[0]}: run the example first", file=sys.stderr)
            return 2
        wrong, cells = check_vtu(paths[0], name, dim)
        wrong += check_msh(paths[1], dim, cells)
        print(f"{kind:14} {cells:5} cells  {'FAILED: ' + ', '.join(wrong) if wrong else 'agree'}")
        failed |= bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
