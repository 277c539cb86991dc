"""Networks of multigrid cycles in plain numpy, as golden vectors.

    pip install numpy
    python mgno.py > mgno.jsonl

Written from the equations of He, Liu, Xu (ICLR 2024) and of their code (github.com/xlliu2017/MgNO, commit 3a68a90), apart from the
library. `RELEASED` holds what that code itself gives for two networks (run in double precision with exact GELU) and for its loss; the
script fails where this implementation differs from it.

Parameter number t, in the order in which they are asked for here, has the entries 0.1 sin(0.7 k + 0.3 t), k its flat index. The input
is cos(0.2 i + 0.5 c) sin(0.3 j + 0.1 c) for channel c.
"""

import json
import math

import numpy as np

erf = np.vectorize(math.erf)
MODES = {"zero": "constant", "reflect": "reflect", "circular": "wrap"}

# Sum, sum of squares, and the values at three points; of the loss the sum over two samples in H1 and in L2.
RELEASED = {
    "darcy": (
        [(0, 0), (7, 9), (15, 15)],
        [2.6035891224711336, 0.03156623287204617, 0.011415157685615409, 0.010190037261827966, 0.0034664888239664764],
    ),
    "navier-stokes": (
        [(0, 0), (31, 17), (63, 63)],
        [6.797208588999726, 1023.7954621427474, 0.009587929012954141, -0.9140576453791326, 0.05451848123210779],
    ),
}
LOSS = [0.7572783603443093, 0.9680192205390472]


def field(channels, n, m):
    c, i, j = np.meshgrid(np.arange(channels), np.arange(n), np.arange(m), indexing="ij")
    return np.cos(0.2 * i + 0.5 * c) * np.sin(0.3 * j + 0.1 * c)


class Numbers:
    def __init__(self):
        self.t = 0

    def __call__(self, *shape):
        k = np.arange(math.prod(shape))
        self.t += 1
        return (0.1 * np.sin(0.7 * k + 0.3 * (self.t - 1))).reshape(shape)


def conv(x, weight, bias, boundary, stride=1, padding=1):
    k = weight.shape[2:]
    x = np.pad(x, [(0, 0)] + [(padding, padding)] * 2, mode=MODES[boundary])
    n = [(x.shape[1 + a] - k[a]) // stride + 1 for a in range(2)]
    y = np.zeros((weight.shape[0], *n))
    for s in range(k[0]):
        for t in range(k[1]):
            part = x[:, s : s + stride * n[0] : stride, t : t + stride * n[1] : stride][:, : n[0], : n[1]]
            y += np.einsum("oi,ihw->ohw", weight[:, :, s, t], part)
    return y if bias is None else y + bias[:, None, None]


def transposed(x, weight, size, padding):
    """weight [in, out, taps]; what falls outside of `size` is cut off."""
    y = np.zeros((weight.shape[1], size[0] + 8, size[1] + 8))
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            part = np.einsum("iost,i->ost", weight, x[:, i, j])
            a, b = 2 * i - padding + 2, 2 * j - padding + 2
            y[:, a : a + weight.shape[2], b : b + weight.shape[3]] += part
    return y[:, 2 : 2 + size[0], 2 : 2 + size[1]]


def norm(x, scale, shift):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5) * scale + shift


def cycle(p, config, f_channels, u_channels, size):
    """Asks for the parameters of a cycle and returns it as a function."""
    levels, boundary, padding = config["levels"], config["boundary"], config["padding"]
    width = [level[2] if len(level) > 2 else 1 for level in levels]
    cu, cf = [u_channels * w for w in width], [f_channels * w for w in width]
    halve = lambda n: (n + 1) // 2 if padding == 1 else (n - 1) // 2
    sizes = [tuple(size)]
    for _ in levels[1:]:
        sizes.append(tuple(halve(n) for n in sizes[-1]))
    residual, zero = config.get("residual", False), config.get("zero", False)
    sharing, biased = config.get("smoothers", "own"), config.get("bias", False)
    norms = []
    if config.get("norm", False):
        norms = [(p(cu[l], *sizes[l]), p(cu[l], *sizes[l])) for l in range(len(levels) - 1)]
    taps = lambda n: 4 if n % 2 == 0 else 3
    prolong = [p(cu[l + 1], cu[l], *map(taps, sizes[l])) for l in range(len(levels) - 1)]
    kernel = lambda o, i: (p(o, i, 3, 3), p(o) if biased else None)
    pi, r, steps, operators = [None], [None], [], []
    for l, (pre, post, *_) in enumerate(levels):
        if l > 0:
            pi.append(None if zero else p(cu[l], cu[l - 1], 3, 3))
            r.append(p(cf[l], cf[l - 1], 3, 3))
        uses = lambda i: i > 0 or (l > 0 and not zero)
        own = []
        for i in range(1 if sharing == "shared" else pre + post):
            a = kernel(cf[l], cu[l]) if sharing == "own" and uses(i) else None
            own.append((a, kernel(cu[l], cf[l])))
        last = l + 1 == len(levels)
        shared = sharing != "own" and any(uses(i) for i in range(pre + post))
        steps.append(own)
        operators.append(kernel(cf[l], cu[l]) if shared or (residual and not last) else None)

    def step(l, i, u, f):
        a, s = steps[l][min(i, len(steps[l]) - 1)]
        if u is None:
            return conv(f, *s, boundary)
        return u + conv(f - conv(u, *(a or operators[l]), boundary), *s, boundary)

    def apply(f):
        u, saved = None, []
        for l, (pre, *_) in enumerate(levels):
            if l > 0:
                g = f - conv(u, *operators[l - 1], boundary) if residual else f
                f = conv(g, r[l], None, boundary, 2, padding)
                u = None if zero else conv(u, pi[l], None, boundary, 2, padding)
            for i in range(pre):
                u = step(l, i, u, f)
            saved.append((u, f))
        for l in reversed(range(len(levels) - 1)):
            u = saved[l][0] + transposed(u, prolong[l], sizes[l], padding)
            if norms:
                u = norm(u, *norms[l])
            for i in range(levels[l][1]):
                u = step(l, levels[l][0] + i, u, saved[l][1])
        return u

    return apply


def network(config, x):
    p, c, size = Numbers(), config["channels"], x.shape[1:]
    inputs = [x.shape[0]] + [c] * (config["layers"] - 1)
    cycles = [cycle(p, config, i, c, size) for i in inputs]
    local = [(p(c, i), p(c)) if config.get("local", False) else None for i in inputs]
    norms = [(p(c, *size), p(c, *size)) if config.get("layer_norm", False) else None for _ in inputs]
    head = cycle(p, config, c, 1, size) if config.get("head") == "cycle" else p(1, c)
    v = x
    for apply, k, n in zip(cycles, local, norms):
        w = apply(v)
        w = norm(w, *n) if n else w
        w = w + np.einsum("oi,ihw->ohw", k[0], v) + k[1][:, None, None] if k else w
        v = 0.5 * w * (1 + erf(w / math.sqrt(2)))
    y = head(v) if callable(head) else np.einsum("oi,ihw->ohw", head, v)
    return y + x[:1] if config.get("increment", False) else y


DARCY = {"layers": 2, "channels": 4, "boundary": "zero", "padding": 1, "local": True}
NETWORKS = {
    "darcy": (DARCY | {"levels": [(1, 0), (1, 1), (2, 0)]}, (1, 16, 16)),
    "navier-stokes": (
        {"layers": 2, "channels": 4, "boundary": "circular", "padding": 1, "levels": [(1, 0), (2, 0), (1, 0)]}
        | {"bias": True, "norm": True, "increment": True},
        (1, 64, 64),
    ),
    "darcy on odd sizes": (DARCY | {"levels": [(1, 0), (1, 1), (2, 0)]}, (2, 11, 14)),
    "helmholtz": (
        {"layers": 2, "channels": 3, "boundary": "reflect", "padding": 0, "levels": [(1, 0, 1), (1, 0, 2), (2, 0, 3)]}
        | {"bias": True, "layer_norm": True, "head": "cycle"},
        (1, 13, 12),
    ),
    "paper": (
        DARCY
        | {"boundary": "reflect", "levels": [(2, 1), (1, 2), (2, 0)]}
        | {"residual": True, "zero": True, "smoothers": "shared_operator"},
        (1, 9, 12),
    ),
    "multigrid": (
        DARCY
        | {"boundary": "circular", "levels": [(1, 1), (1, 1), (3, 0)]}
        | {"residual": True, "zero": True, "smoothers": "shared"},
        (1, 8, 12),
    ),
    "code with residual": (DARCY | {"residual": True, "levels": [(1, 1), (1, 0)]}, (1, 6, 7)),
}


def h1(e, cutoff=20):
    n = e.shape[0]
    k = np.abs(np.fft.fftfreq(n, 1 / n))
    k = np.where(k < cutoff, k, 0)
    return np.linalg.norm(np.sqrt(1 + k[:, None] ** 2 + k[None, :] ** 2) * np.fft.fft2(e, norm="ortho"))


def loss():
    x = field(2, 48, 48)
    y = 1.1 * x[::-1] + 0.05 * np.arange(48)[None, :, None] / 48
    return [sum(f(a - b) / f(b) for a, b in zip(x, y)) for f in (h1, np.linalg.norm)]


def h1_absolute(e):
    n = e.shape
    return np.sqrt(10 * (e * e).sum() + sum((np.gradient(e, 1 / n[a], axis=a) ** 2).sum() for a in range(2)))


def write(name, y):
    print(json.dumps({"name": name, "shape": list(np.shape(y)), "values": np.ravel(y).tolist()}))


def check(name, found, expected):
    assert np.allclose(found, expected, rtol=1e-12, atol=0), (name, found, expected)


def main():
    print("# Written by mgno.py.")
    for name, (config, shape) in NETWORKS.items():
        y = network(config, field(*shape))
        if name in RELEASED:
            points, expected = RELEASED[name]
            check(name, [y.sum(), (y * y).sum()] + [y[0][p] for p in points], expected)
            y = expected
        write(name, y)
    check("loss", loss(), LOSS)
    write("loss", LOSS)
    x = field(2, 9, 7)
    write("absolute loss", [h1_absolute(a - 1.5 * b) for a, b in zip(x, x[::-1])])


main()
