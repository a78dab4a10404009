"""Kernels answer alike run by Python and compiled, and are compiled once for all processes, until a line changes."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from groundkeeper.core.compiled import inner, kernel


@inner
def _twice(number: int) -> int:
    return 2 * number


@inner
def _four_times(number: int) -> int:
    return _twice(_twice(number))


@kernel
def total(row: list[int], times: int) -> int:
    found = 0
    for number in row:
        found += _four_times(number) * times
    return found


def test_a_kernel_answers_alike_on_a_list_and_compiled_on_an_array():
    assert total([1, 2, 3], 5) == 120
    assert total.compiled(np.array([1, 2, 3]), 5) == 120
    assert total.__name__ == "total"


INNER = """
from groundkeeper.core.compiled import inner

MORE = {more}

@inner
def changed(number):
    return number + MORE
"""
KERNEL = """
from groundkeeper.core.compiled import kernel
from inner_part import changed

@kernel
def answer(number):
    return changed(number)
"""
RUN = """
from kernel_part import answer
print(answer.compiled(1), sum(answer.compiled.stats.cache_hits.values()))
"""


@pytest.mark.slow
def test_what_was_compiled_is_kept_for_later_processes_until_a_function_it_calls_has_changed(
    tmp_path,
):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())])}
    environment["NUMBA_CACHE_DIR"] = str(tmp_path / "cache")

    def told(more):
        (tmp_path / "inner_part.py").write_text(textwrap.dedent(INNER.format(more=more)), "utf-8")
        command = [sys.executable, "-B", "-c", RUN]
        ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        return ran.stdout.split()

    (tmp_path / "kernel_part.py").write_text(textwrap.dedent(KERNEL), "utf-8")
    assert told(10) == ["11", "0"]
    assert told(10) == ["11", "1"]
    assert told(20) == ["21", "0"]
