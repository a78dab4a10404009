"""``gk guideline``: what can be asked of guidelines, with or without data."""

import typer

from groundkeeper.cli.guideline import diff, impact, lint, publish, render


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(no_args_is_help=True, help="Check, compare, show and publish guidelines.")
    for command in (diff, impact, lint, publish, render):
        command.register(group)
    app.add_typer(group, name="guideline")
