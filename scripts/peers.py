"""Make the environments of the peers that benchmarks measure against: one for each list in benchmarks/peers.

    python scripts/peers.py [FOLDER]          the environments go to FOLDER; default: .cache/peers

The peers are nobody's dependencies. They disagree about versions, so each list has an environment of its own, which
is made anew when its list has changed.
"""

import subprocess
import sys
import venv
from pathlib import Path

LISTS = Path(__file__).parents[1] / "benchmarks" / "peers"
FOLDER = Path(".cache/peers")
STAMP = "installed.txt"
"""The list that an environment was made from; put there last."""


def main() -> None:
    """Make what is missing, and say where it is."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    for wanted in sorted(LISTS.glob("*.txt")):
        place = folder / wanted.stem
        if not is_made(place, wanted):
            print(f"Installing {', '.join(named(wanted))} into {place} ...", flush=True)
            make(place, wanted)
        print(f"{place}: {', '.join(named(wanted))}")


def is_made(place: Path, wanted: Path) -> bool:
    """Return whether the environment at *place* was made from the list *wanted* as it is now."""
    stamp = place / STAMP
    return stamp.is_file() and stamp.read_bytes() == wanted.read_bytes()


def make(place: Path, wanted: Path) -> None:
    """Make the environment at *place* anew; end with pip's own message if it cannot."""
    venv.create(place, clear=True, with_pip=True)
    install = [interpreter(place), "-m", "pip", "install", "--quiet", "--quiet", "--no-deps"]
    command = [*map(str, install), "--requirement", str(wanted)]
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - every word is ours
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(
            f"error: {wanted.name} could not be installed for Python {version}; pip said why, just above. "
            "The lists are made for Python 3.11 and 3.12."
        )
    (place / STAMP).write_bytes(wanted.read_bytes())


def interpreter(place: Path) -> Path:
    """Return the Python of the environment at *place*."""
    return place / "bin" / "python"


def named(wanted: Path) -> list[str]:
    """Return the peers of a list: the pins above its first blank line."""
    peers, _, _ = wanted.read_text(encoding="utf-8").partition("\n\n")
    return [line for line in peers.splitlines() if not line.startswith("#")]


if __name__ == "__main__":
    main()
