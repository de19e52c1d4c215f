"""How long things take, for the scripts beside this one."""

import time

import numpy as np


def median_seconds(work, seconds=2.0):
    """The median of as many runs as fit into `seconds`, at least three, after one that warms up."""
    work()
    times, start = [], time.monotonic()
    while len(times) < 3 or time.monotonic() - start < seconds:
        begun = time.monotonic()
        work()
        times.append(time.monotonic() - begun)
    return float(np.median(times))
