"""The application that the commands register with: its root folder, its log, its way to fail."""

import logging
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from groundkeeper import __version__
from groundkeeper.errors import GroundkeeperError, ParamsError
from groundkeeper.files import NO_SPACE

ROOT_FILES = ("params.yaml", "dvc.yaml")
"""What the root of a repository has."""


class Commands(TyperGroup):
    """The commands; an error that a user can act on is one message on stderr and exit 1."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as typer declares it
        """Run the command line. A bug keeps its traceback."""
        try:
            return super().main(*args, **kwargs)
        except GroundkeeperError as error:
            _end(f"error: {error}", 1)
        except KeyboardInterrupt:
            _end("stopped; what was finished is kept, and the same command goes on", 130)
        except OSError as error:
            if error.errno not in NO_SPACE or error.filename is not None:
                raise
            _give_stdout_up()
            _end(
                f"error: what was to be written was refused ({error.strerror}), so the output is not whole; free "
                "space, or send it elsewhere, and run the same command again",
                1,
            )


def _give_stdout_up() -> None:
    """Let go what stdout refuses, which Python would try to write once more at the very end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(message: str, status: int) -> NoReturn:
    print(message, file=sys.stderr)  # noqa: T201 - the one place where a command ends early
    sys.exit(status)


def application() -> typer.Typer:
    """Return the application without commands."""
    app = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(start)
    return app


def _version(value: bool) -> None:  # noqa: FBT001 - as typer calls it
    if value:
        typer.echo(f"groundkeeper {__version__}")
        raise typer.Exit


def start(
    context: typer.Context,
    *,
    root: Annotated[
        Path | None,
        typer.Option("--root", "-C", help="Repository to work on; default: the one around here."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show on stderr what the stages log.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - typer calls its callback
        bool,
        typer.Option(
            "--version", help="Print the version and stop.", is_eager=True, callback=_version
        ),
    ] = False,
) -> None:
    """Keep ground truth: sample, take in answers, reconcile, validate, score and version them.

    Example: gk -C my-repository refresh
    """
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, _stop)
    context.obj = root


def root_of(context: typer.Context) -> Path:
    """Return the root that was given, or the nearest folder at or above here that looks like one.

    Raises
    ------
    ParamsError
        If there is none.
    """
    found = root_if_any(context)
    if found is not None:
        return found
    given: Path | None = context.obj
    where = f"{given} is not" if given else f"neither {Path.cwd()} nor a folder above it is"
    message = (
        f"{where} the root of a Groundkeeper repository (no {' and '.join(ROOT_FILES)}); "
        "go there, or name it: `gk -C FOLDER ...`"
    )
    raise ParamsError(message)


def root_if_any(context: typer.Context) -> Path | None:
    """Return the root as ``root_of`` does, and nothing outside a repository."""
    given: Path | None = context.obj
    start_at = (given or Path()).resolve()
    candidates = [start_at] if given else [start_at, *start_at.parents]
    looks_like_one = (f for f in candidates if all((f / name).is_file() for name in ROOT_FILES))
    return next(looks_like_one, None)


def _stop(number: int, _frame: object) -> NoReturn:
    """End like any other command that is told to end, so that a running stage is ended too."""
    sys.exit(128 + number)
