"""The rows of the tables of solvers: what is run on our side, what on the peers', and what was aimed at.

A row is `work: (our command, [(name, peer's command)], target)`; the commands print one line of JSON with `median_ms` and `min_ms`.
The target is the largest ratio ours / theirs for the first peer, and None where there is none.
"""

import statistics
import sys


def example(name):
    """Arguments for cargo that build an example of the solvers."""
    return ["build", "--release", "-p", "sobolev-solvers", "--example", name]


def peer(here, script, *arguments):
    return [sys.executable, str(here / script), *map(str, arguments)]


def poisson(here, build, a):
    """Assembly of P1 elements on 65 k unknowns."""
    ours = build("poisson", example("poisson"))
    timing = ["--seconds", str(a.seconds)]
    rows = {}
    for work in ("assembly-first", "assembly-again"):
        theirs = [(f"{tool}", peer(here, "poisson_p1.py", "--tool", tool, "--work", work, "--threads", a.threads, *timing))
                  for tool in ("scikit-fem", "ngsolve")]
        rows[work] = ([ours, "--work", work, "--threads", str(a.threads), *timing], theirs, [0.2, 0.5])
    return rows


def amg(here, build, a, folder):
    """Set-up and solution by algebraic multigrid, the same matrix on both sides."""
    ours, matrix = build("amg", example("amg")), f"{folder}/poisson.mtx"
    timing = ["--seconds", str(a.seconds)]
    theirs = [(method, peer(here, "amg.py", "--matrix", matrix, "--method", method, *timing))
              for method in ("ruge-stuben", "smoothed-aggregation")]
    return {"amg": ([ours, "--write", matrix, "--threads", str(a.threads), *timing], theirs, [0.7, None])}


def wave(here, build, a):
    """1000 leapfrog steps on 256 x 256 elements."""
    ours = build("wave", example("wave"))
    timing = ["--seconds", str(a.seconds)]
    return {"wave": ([ours, "--work", "wave", "--threads", str(a.threads), *timing],
                     [("scikit-fem + scipy", peer(here, "wave_fem.py", *timing))], [0.2])}


def alternate(rows, measure, rounds):
    """work -> column -> measurements; ours and theirs take turns."""
    results = {work: {} for work in rows}
    for number in range(rounds):
        for work, (ours, theirs, _) in rows.items():
            for column, command in [("ours", ours), *theirs]:
                line = measure(command)
                results[work].setdefault(column, []).append(line)
                print(f"round {number + 1}: {work:16} {column:22} {line['median_ms']:9.2f} ms", file=sys.stderr, flush=True)
    return results


def table(rows, results):
    """Median over rounds of the medians; least over rounds of the minima in brackets."""
    lines = ["| work | sobolev, ms | peer | peer, ms | ratio | target |", "|---|---|---|---|---|---|"]
    for work, columns in results.items():
        middle = {c: statistics.median(m["median_ms"] for m in ms) for c, ms in columns.items()}
        least = {c: min(m["min_ms"] for m in ms) for c, ms in columns.items()}
        ours = f"{middle['ours']:.2f} ({least['ours']:.2f})"
        for (column, _), target in zip(rows[work][1], rows[work][2]):
            ratio = middle["ours"] / middle[column]
            aim = "" if target is None else f"≤ {target:g} {'met' if ratio <= target else 'missed'}"
            lines.append(f"| `{work}` | {ours} | {columns[column][0]['who']} | {middle[column]:.2f} ({least[column]:.2f}) "
                         f"| **{ratio:.2f}** | {aim} |")
    lines += ["", "Details of the last round:", ""]
    hidden = {"who", "work", "median_ms", "min_ms", "calls", "malloc", "peak_rss_mib"}
    for work, columns in results.items():
        for column, measurements in columns.items():
            more = {k: v for k, v in measurements[-1].items() if k not in hidden}
            lines.append(f"- `{work}`, {column}: " + ", ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in more.items()))
    return lines
