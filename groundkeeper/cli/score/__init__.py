"""``gk score``: how well annotators and models do against the ground truth, and what moved a score."""

from types import ModuleType

import typer

from groundkeeper.cli.score import compare, errors, files, flips, history, show

_COMMANDS: tuple[ModuleType, ...] = (
    show,
    history,
    compare,
    errors,
    files,
    flips,
)


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(
        no_args_is_help=True, help="Score annotators and models, and compare scores."
    )
    for command in _COMMANDS:
        command.register(group)
    app.add_typer(group, name="score")
