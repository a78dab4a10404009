"""The loop of a worker: read a request, do the work, say how long it took and how much memory it added.

Used by both sides of a comparison, in different interpreters, so only the standard library and numpy are imported.
"""

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

MB = 1024**2


def answer(
    works: Mapping[str, Callable[..., Callable[[], Mapping[str, Any]]]],
) -> None:
    """Answer requests until there are no more.

    Parameters
    ----------
    works : mapping
        Name of a work to what prepares it: a function of the rest of the request that returns what is timed, a function
        of nothing that returns numbers by name, and by name what returns an array after the clock has stopped; arrays
        are saved in the file that the request calls ``out``.
    """
    keep_to_one_core()
    for line in sys.stdin:
        request = json.loads(line)
        out = request.pop("out", None)
        timed = works[request.pop("work")](**request)
        gc.collect()
        before = resident()
        start, worked = time.perf_counter(), time.process_time()
        found = timed()
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - worked
        told = {"seconds": seconds, "cpu_seconds": cpu_seconds, "added_mb": (peak() - before) / MB}
        told |= {name: value for name, value in found.items() if not callable(value)}
        if out:
            np.savez(out, **{name: value() for name, value in found.items() if callable(value)})
        print(json.dumps(told), flush=True)


def keep_to_one_core() -> None:
    """Keep this process to the last of the cores that it may use, where the system lets it choose."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def peak() -> int:
    """Return the most memory in bytes that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def resident() -> int:
    """Return the memory in bytes that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize()
