"""``python -m stages NAME --set SET``: what dvc.yaml calls. One message and exit 1; a bug keeps its traceback."""

import argparse
import logging
import sys
from pathlib import Path

from groundkeeper.errors import GroundkeeperError
from stages.runner import execute


def main() -> None:
    """Run the stage that the command line names in the current folder."""
    parser = argparse.ArgumentParser(prog="python -m stages", description=__doc__)
    parser.add_argument("name", help="stage to run")
    parser.add_argument("--set", required=True, dest="set_name", help="ground-truth set")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        execute(arguments.name, arguments.set_name, Path())
    except GroundkeeperError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
