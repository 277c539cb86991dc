"""Dilated residual networks in plain numpy, as golden vectors.

    pip install numpy
    python dil_resnet.py > dil_resnet.jsonl

Written from the description of Stachenfeld et al. (ICLR 2022), apart from the library. Parameter number t, in the order in which they
are asked for here, has the entries 0.1 sin(0.7 k + 0.3 t), k its flat index. The input is cos(0.2 i + 0.5 c) sin(0.3 j + 0.1 c) for
channel c.
"""

import json
import math

import numpy as np

MODES = {"zero": "constant", "reflect": "reflect", "circular": "wrap"}


class Numbers:
    def __init__(self):
        self.t = 0

    def __call__(self, *shape):
        k = np.arange(math.prod(shape))
        self.t += 1
        return (0.1 * np.sin(0.7 * k + 0.3 * (self.t - 1))).reshape(shape)


def conv(x, numbers, outputs, dilation, boundaries):
    weight, bias = numbers(outputs, x.shape[0], 3, 3), numbers(outputs)
    n = x.shape[1:]
    for axis, boundary in enumerate(boundaries):
        x = np.pad(x, [(dilation,) * 2 if a == axis + 1 else (0, 0) for a in range(3)], mode=MODES[boundary])
    y = np.zeros((outputs, *n))
    for s in range(3):
        for t in range(3):
            part = x[:, s * dilation : s * dilation + n[0], t * dilation : t * dilation + n[1]]
            y += np.einsum("oi,ihw->ohw", weight[:, :, s, t], part)
    return y + bias[:, None, None]


def network(x, width, blocks, dilations, boundaries):
    numbers = Numbers()
    v = conv(x, numbers, width, 1, boundaries)
    for _ in range(blocks):
        w = v
        for dilation in dilations:
            w = np.maximum(conv(w, numbers, width, dilation, boundaries), 0)
        v = v + w
    return conv(v, numbers, 1, 1, boundaries)


def main():
    print("# Written by dil_resnet.py.")
    c, i, j = np.meshgrid(np.arange(2), np.arange(9), np.arange(12), indexing="ij")
    x = np.cos(0.2 * i + 0.5 * c) * np.sin(0.3 * j + 0.1 * c)
    for boundaries in (("zero", "zero"), ("circular", "circular"), ("reflect", "zero")):
        y = network(x, 5, 2, [1, 2, 4, 1], boundaries)
        print(json.dumps({"name": "-".join(boundaries), "shape": list(y.shape), "values": y.ravel().tolist()}))


main()
