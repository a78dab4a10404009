"""Run the command of a stage so that its last words are kept and it never outlives its run.

DVC starts a stage's command with the terminal as its output and ignores Ctrl-C meanwhile. Here the
command runs in a process group of its own, which is ended with the run; what it prints goes to
the log, and its last lines are kept to say why it failed.
"""

import contextlib
import importlib
import logging
import os
import signal
import subprocess
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

KEPT_LINES = 200
"""How many of a command's last lines are kept."""

SHOWN_LINES = 8
"""How many of them a message shows of a command that did not say ``error:``."""

GRACE_S = 5.0
"""Seconds between asking a command to end and ending it."""


@dataclass
class Record:
    """The commands that ran and the last lines that the latest printed."""

    commands: list[str] = field(default_factory=list)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    status: int = 0

    def message(self) -> str:
        r"""Return why the latest command failed, in its own words; empty if none failed.

        Examples
        --------
        >>> record = Record(["x"], deque(["reading", "error: a.csv: no such file", "  look"]), 1)
        >>> record.message()
        'a.csv: no such file\n  look'
        >>> Record(["x"], deque(), -9).message()
        'ended by signal 9 (SIGKILL) without a word'
        """
        if self.status == 0:
            return ""
        lines = list(self.lines)
        starts = [i for i, line in enumerate(lines) if line.startswith("error: ")]
        if starts:
            return "\n".join(lines[starts[-1] :]).removeprefix("error: ").rstrip()
        how = f"exit status {self.status}"
        if self.status < 0:
            how = f"ended by signal {-self.status} ({signal.Signals(-self.status).name})"
        last = [line for line in lines if line.strip()][-SHOWN_LINES:]
        return "\n  ".join([f"{how}; its last lines:", *last]) if last else f"{how} without a word"


@contextlib.contextmanager
def recorded() -> Iterator[Record]:
    """Give a record of what DVC runs inside the block. One thread at a time: DVC's hook is global."""
    module: Any = importlib.import_module("dvc.stage.run")
    record = Record()

    def run(executable: str | None, command: str, **options: Any) -> None:  # noqa: ANN401 - Popen's
        record.commands.append(command)
        record.lines.clear()
        record.status = _run(module._make_cmd(executable, command), record, options)  # noqa: SLF001 - the shell DVC would take
        if record.status:
            raise module.StageCmdFailedError(command, record.status)

    original = module._run  # noqa: SLF001 - the one place where DVC starts a command
    module._run = run  # noqa: SLF001 - put back below
    try:
        yield record
    finally:
        module._run = original  # noqa: SLF001 - as it was


def _run(command: str | list[str], record: Record, options: dict[str, Any]) -> int:
    with subprocess.Popen(  # noqa: S603 - the command is the repository's own dvc.yaml
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        **options,
    ) as process:
        try:
            for line in process.stdout or ():
                record.lines.append(line.rstrip("\n"))
                log.info("%s", line.rstrip("\n"))
            return process.wait()
        finally:
            _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    """End the whole group of *process* if it still runs: asked first, then made to."""
    for request in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, request)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
