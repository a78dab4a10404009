"""A Prefect server and a worker on this machine, with the deployments of prefect.yaml, until Ctrl-C.

``python scripts/serve_prefect.py [--port 4200]`` prints ``ready`` with the address when a flow can be started. The
server listens on this machine only and keeps its database in ``PREFECT_HOME``. Ctrl-C, or a signal to terminate, ends
the server, the worker and whatever the worker runs.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

POOL = "groundkeeper"
HOST = "127.0.0.1"
STARTS_WITHIN_S = 120.0
STOPS_WITHIN_S = 30.0
QUIET = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--port", type=int, default=4200, help="port of the server, on this machine only"
    )
    port = parser.parse_args().port
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    address = f"http://{HOST}:{port}/api"
    environment = {**os.environ, **QUIET, "PREFECT_API_URL": address}
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as running:
        server = ["server", "start", "--host", HOST, "--port", str(port)]
        running.enter_context(started(server, environment))
        wait_for(f"{address}/health")
        prefect(["work-pool", "create", POOL, "--type", "process", "--overwrite"], environment)
        prefect(["--no-prompt", "deploy", "--all"], environment)
        worker = running.enter_context(started(["worker", "start", "--pool", POOL], environment))
        print(f"ready: PREFECT_API_URL={address}", flush=True)
        worker.wait()


@contextlib.contextmanager
def started(words: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Give a running ``prefect`` command that has a process group of its own, and end the group."""
    process = subprocess.Popen(command(words), env=environment, start_new_session=True)  # noqa: S603 - our own words
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the group of *process* to end, wait, and end what is left of it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOPS_WITHIN_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(address: str) -> None:
    """Return when *address* answers; if it does not in time, say so and exit."""
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - the address is ours
            return
        time.sleep(0.5)
    sys.exit(
        f"error: the server did not answer at {address} in {STARTS_WITHIN_S:g} s; see its output"
    )


def prefect(words: list[str], environment: dict[str, str]) -> None:
    """Run one ``prefect`` command; if it fails, exit with what it said."""
    done = subprocess.run(  # noqa: S603 - our own words
        command(words), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"error: prefect {' '.join(words)} failed\n{done.stdout}{done.stderr}")


def command(words: list[str]) -> list[str]:
    """Return the command line of the ``prefect`` that belongs to this Python."""
    return [str(Path(sys.executable).with_name("prefect")), *words]


if __name__ == "__main__":
    main()
