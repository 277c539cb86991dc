"""What the peers' scripts share: timing, memory, and the one line of JSON that each measurement prints."""

import json
import os
import resource
import statistics
import time

# glibc gives freed blocks of many megabytes back to the system at once; with these settings it keeps them.
TUNED_MALLOC = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "100000000000",
    "MALLOC_TOP_PAD_": "268435456",
}


def malloc_setting():
    """Which of the two settings this process was started with."""
    return "tuned" if all(os.environ.get(k) == v for k, v in TUNED_MALLOC.items()) else "as installed"


def peak_rss_mib():
    """Largest resident memory of this process so far, libraries included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def measure(step, warmup, seconds, at_least):
    """Calls `step` for about `seconds`; times in ms of the calls after `warmup` ones."""
    for _ in range(warmup):
        step()
    times, end = [], time.perf_counter() + seconds
    while len(times) < at_least or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def report(who, work, times, **more):
    """Prints the measurement."""
    line = {
        "who": who,
        "work": work,
        "median_ms": round(statistics.median(times), 3),
        "min_ms": round(min(times), 3),
        "calls": len(times),
        "peak_rss_mib": round(peak_rss_mib(), 1),
        "malloc": malloc_setting(),
        **more,
    }
    print(json.dumps(line), flush=True)
