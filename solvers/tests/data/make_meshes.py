#!/usr/bin/env python3
"""Makes the Gmsh files of this folder (pip install gmsh).

    python solvers/tests/data/make_meshes.py

- plate_*: the rectangle [0, 2] x [0, 1] in triangles, in two regions "west" and "east" that meet at x = 1 in the interface "seam";
  the curves at x = 0, x = 2 are "inlet", "outlet", all outer curves "rim", the region "east" is also "hot". In the four encodings, and
  in big-endian byte order.
- cube_tet, cube_hex, plate_quad, line: the other kinds, each with "inlet" at x = 0 and the region "body"; the quadrilaterals of plate_quad
  run clockwise.
- disc_curved: a disc of radius 1 in triangles of order 2, its rim the physical group 7 without a name.
"""

import struct
from pathlib import Path

import gmsh

HERE = Path(__file__).parent


def save(name, version, binary):
    gmsh.option.setNumber("Mesh.MshFileVersion", version)
    gmsh.option.setNumber("Mesh.Binary", binary)
    gmsh.write(str(HERE / f"{name}.msh"))


def plate():
    gmsh.clear()
    geo = gmsh.model.geo
    p = [geo.addPoint(x, y, 0, 0.6) for x, y in [(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1)]]
    c = [geo.addLine(p[i], p[(i + 1) % 6]) for i in range(6)]
    seam = geo.addLine(p[1], p[4])
    west = geo.addPlaneSurface([geo.addCurveLoop([c[0], seam, c[4], c[5]])])
    east = geo.addPlaneSurface([geo.addCurveLoop([c[1], c[2], c[3], -seam])])
    geo.synchronize()
    for dim, tags, name in [
        (1, [c[5]], "inlet"),
        (1, [c[2]], "outlet"),
        (1, c, "rim"),
        (1, [seam], "seam"),
        (2, [west], "west"),
        (2, [east], "east"),
        (2, [east], "hot"),
    ]:
        gmsh.model.addPhysicalGroup(dim, tags, name=name)
    gmsh.model.mesh.generate(2)
    for version in (2.2, 4.1):
        for binary in (0, 1):
            save(f"plate_{str(version).replace('.', '')}_{'binary' if binary else 'ascii'}", version, binary)


def swapped_22(data):
    """A binary file of format 2.2 in the other byte order."""
    out = bytearray()
    at = data.index(b"2.2 1 8\n") + 8
    out += data[:at] + data[at : at + 4][::-1]
    at += 4
    end = data.index(b"$Nodes\n") + 7
    out += data[at:end]
    line = data.index(b"\n", end) + 1
    n = int(data[end:line])
    out += data[end:line]
    at = line
    for _ in range(n):
        out += struct.pack(">i3d", *struct.unpack_from("<i3d", data, at))
        at += 28
    end = data.index(b"$Elements\n", at) + 10
    out += data[at:end]
    line = data.index(b"\n", end) + 1
    out += data[end:line]
    stop = data.index(b"\n$EndElements", line)
    ints = (stop - line) // 4
    out += struct.pack(f">{ints}i", *struct.unpack_from(f"<{ints}i", data, line))
    return bytes(out + data[stop:])


def swapped_41(data):
    """A binary file of format 4.1 in the other byte order."""
    out = bytearray()
    at = 0

    def text(marker):
        nonlocal at
        end = data.index(marker, at) + len(marker)
        out.extend(data[at:end])
        at = end

    def numbers(form):
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        out.extend(struct.pack(">" + form, *values))
        at += struct.calcsize("<" + form)
        return values

    text(b"4.1 1 8\n")
    numbers("i")
    text(b"$Entities\n")
    for dim, count in enumerate(numbers("4Q")):
        for _ in range(count):
            numbers("i3d" if dim == 0 else "i6d")
            numbers(f"{numbers('Q')[0]}i")
            if dim:
                numbers(f"{numbers('Q')[0]}i")
    text(b"$Nodes\n")
    for _ in range(numbers("4Q")[0]):
        numbers("3i")
        n = numbers("Q")[0]
        numbers(f"{n}Q")
        numbers(f"{3 * n}d")
    text(b"$Elements\n")
    vertices = {15: 1, 1: 2, 2: 3}
    for _ in range(numbers("4Q")[0]):
        _, _, kind = numbers("3i")
        n = numbers("Q")[0]
        numbers(f"{n * (1 + vertices[kind])}Q")
    return bytes(out + data[at:])


def extruded(name, dims, recombine):
    """The unit interval, square or cube by extrusion, two layers an axis."""
    gmsh.clear()
    geo = gmsh.model.geo
    item = (0, geo.addPoint(0, 0, 0))
    for axis in range(1, dims + 1):
        # The last axis is x, so that the start of the last extrusion is the side x = 0.
        direction = [0, 0, 0]
        direction[dims - axis] = 1
        start = item
        recombined = recombine and axis > 1
        item = geo.extrude([item], *direction, numElements=[2], recombine=recombined)[1]
    geo.synchronize()
    gmsh.model.addPhysicalGroup(dims - 1, [start[1]], name="inlet")
    gmsh.model.addPhysicalGroup(dims, [item[1]], name="body")
    gmsh.model.mesh.generate(dims)
    save(name, 4.1, 0)


def disc():
    gmsh.clear()
    gmsh.model.occ.addDisk(0, 0, 0, 1, 1)
    gmsh.model.occ.synchronize()
    gmsh.model.addPhysicalGroup(1, [1], tag=7)
    gmsh.model.addPhysicalGroup(2, [1], name="disc")
    gmsh.option.setNumber("Mesh.MeshSizeMin", 0.8)
    gmsh.option.setNumber("Mesh.MeshSizeMax", 0.8)
    gmsh.option.setNumber("Mesh.ElementOrder", 2)
    gmsh.model.mesh.generate(2)
    save("disc_curved", 4.1, 0)


gmsh.initialize()
gmsh.option.setNumber("General.Terminal", 0)
plate()
for version, swap in [("22", swapped_22), ("41", swapped_41)]:
    data = (HERE / f"plate_{version}_binary.msh").read_bytes()
    (HERE / f"plate_{version}_big_endian.msh").write_bytes(swap(data))
extruded("line", 1, False)
extruded("plate_quad", 2, True)
extruded("cube_tet", 3, False)
extruded("cube_hex", 3, True)
disc()
