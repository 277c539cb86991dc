"""The rows of the tables of solvers: what is run on our side, what on the peers', and what was aimed at.

A row is `work: Row`; commands print one line of JSON, the peers' with `median_ms` and `min_ms` (or `_us`), ours with whatever `read` turns
into these.
"""

import dataclasses
import statistics
import sys
from typing import Callable


@dataclasses.dataclass
class Row:
    """One line of a table for each peer."""

    ours: list
    # (name of the column, command)
    theirs: list
    # Largest ratio ours / theirs, one a peer; None: no target.
    targets: list
    # From our line of JSON to one with the peers' names.
    read: Callable = dict
    # Ratios of least times instead of medians, where ours gives the least only.
    least: bool = False


def example(name):
    """Arguments for cargo that build an example of the solvers."""
    return ["build", "--release", "-p", "sobolev-solvers", "--example", name]


def peer(here, script, *arguments):
    return [sys.executable, str(here / script), *map(str, arguments)]


def poisson(here, build, a):
    """Assembly of P1 elements on 65 k unknowns, mesh and elimination of the border excluded on both sides."""
    ours = build("poisson", example("poisson"))
    steps = {"assembly-first": ["space", "pattern", "matrix", "load"], "assembly-again": ["again", "load"]}
    rows = {}
    for work, names in steps.items():
        timing = ["--work", work, "--threads", a.threads, "--seconds", a.seconds]
        theirs = [(tool, peer(here, "poisson_p1.py", "--tool", tool, *timing)) for tool in ("scikit-fem", "ngsolve")]

        def read(line, names=names):
            total = sum(line["milliseconds"][n] for n in names)
            return {**line, "median_ms": total, "min_ms": total, "steps": " + ".join(names)}

        rows[work] = Row([ours, "256", "9"], theirs, [0.2, 0.5], read)
    return rows


def amg(here, build, a, folder):
    """Set-up and solution by algebraic multigrid, the same matrix on both sides."""
    ours, matrix = build("amg", example("amg")), f"{folder}/poisson.mtx"
    theirs = [(method, peer(here, "amg.py", "--matrix", matrix, "--method", method, "--seconds", a.seconds))
              for method in ("ruge-stuben", "smoothed-aggregation")]

    def read(line):
        total = 1e3 * (line["setup_seconds"] + line["solve_seconds"])
        return {**line, "median_ms": total, "min_ms": total}

    return {"amg": Row([ours, "256", matrix], theirs, [0.7, None], read, least=True)}


def wave(here, build, a):
    """1000 leapfrog steps on 256 x 256 elements."""
    theirs = [("scikit-fem + scipy", peer(here, "wave_fem.py", "--seconds", a.seconds))]
    ours = [build("wave", example("wave")), "--threads", str(a.threads), "--seconds", str(a.seconds)]
    return {"wave": Row(ours, theirs, [0.2])}


def pde(here, build, a):
    """Time steps of periodic equations, microseconds per sample and step."""
    ours = build("spectral_times", example("spectral_times"))
    timing = ["--threads", a.threads, "--seconds", a.seconds]
    works = ["ks 256", "ns 64", "ns 128", "ns 256", "gray-scott 128"]
    command = lambda work: peer(here, "exponax_step.py", "--work", work, *timing)
    return {work: Row([ours, work], [("exponax", command(work))], [0.5]) for work in works}


# Tables in microseconds; the others are in milliseconds.
MICROSECONDS = {"pde"}


def alternate(rows, measure, rounds, unit="ms"):
    """work -> column -> measurements; ours and theirs take turns."""
    results = {work: {} for work in rows}
    for number in range(rounds):
        for work, row in rows.items():
            for column, command in [("ours", row.ours), *row.theirs]:
                line = row.read(measure(command)) if column == "ours" else measure(command)
                results[work].setdefault(column, []).append(line)
                print(f"round {number + 1}: {work:16} {column:22} {line['median_' + unit]:9.2f} {unit}", file=sys.stderr, flush=True)
    return results


def table(rows, results, unit="ms"):
    """Median over rounds of the medians; least over rounds of the minima in brackets, which alone count where `least` says so."""
    label = "µs per sample and step" if unit == "us" else unit
    lines = [f"| work | sobolev, {label} | peer | peer, {label} | ratio | target |", "|---|---|---|---|---|---|"]
    for work, columns in results.items():
        middle = {c: statistics.median(m["median_" + unit] for m in ms) for c, ms in columns.items()}
        least = {c: min(m["min_" + unit] for m in ms) for c, ms in columns.items()}
        ours = f"{middle['ours']:.2f} ({least['ours']:.2f})"
        for (column, _), target in zip(rows[work].theirs, rows[work].targets):
            compared = least if rows[work].least else middle
            ratio = compared["ours"] / compared[column]
            aim = "" if target is None else f"≤ {target:g} {'met' if ratio <= target else 'missed'}"
            lines.append(f"| `{work}` | {ours} | {columns[column][0]['who']} | {middle[column]:.2f} ({least[column]:.2f}) "
                         f"| **{ratio:.2f}** | {aim} |")
    lines += ["", "Details of the last round:", ""]
    hidden = {"who", "work", "median_ms", "min_ms", "median_us", "min_us", "calls", "malloc", "peak_rss_mib"}
    for work, columns in results.items():
        for column, measurements in columns.items():
            more = {k: v for k, v in measurements[-1].items() if k not in hidden and not isinstance(v, dict)}
            lines.append(f"- `{work}`, {column}: " + ", ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in more.items()))
    return lines
