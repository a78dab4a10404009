"""Print docs/cli.md: every command of ``gk`` with its words, its options and an example.

``python scripts/cli_docs.py > docs/cli.md`` after a change of a command; a test compares the two.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from groundkeeper.cli import app

HEAD = """\
# The commands

`gk`, in full `groundkeeper`, works on the repository around the current folder, or on the one that `-C` names. An
error is one message on stderr and exit status 1; a word that no command has is exit status 2. With `--json` a command
prints one JSON document on stdout and nothing else there. This page is printed by `scripts/cli_docs.py`.
"""


def main() -> None:
    """Print the page."""
    root = typer.main.get_command(app)
    sections = [section(name, command) for name, command in [("gk", root), *leaves(root, "gk")]]
    print("\n".join([HEAD, *("\n".join(lines) for lines in sections)]).rstrip())


def leaves(group: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's own click, untyped
    """Give every command below *group* with its full name, in the order of the names."""
    for word, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from leaves(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


def section(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    """Give the lines on one command."""
    words = [one.metavar or one.name.upper() for one in command.params if is_argument(one)]
    yield f"## `{' '.join([name, *words])}`\n"
    text, _, example = f"{command.help}\n{command.epilog or ''}".partition("Example: ")
    yield f"{text.strip()}\n"
    rows = [row(one) for one in command.params if one.name != "help"]
    if rows:
        yield "| word | meaning |\n| --- | --- |"
        yield from (f"| {left} | {right} |" for left, right in rows)
        yield ""
    yield f"```sh\n{example.strip()}\n```\n"


def is_argument(parameter: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether *parameter* is given by its place and not by its name."""
    return bool(parameter.param_type_name == "argument")


def row(parameter: Any) -> tuple[str, str]:  # noqa: ANN401 - as above
    """Return what stands for *parameter* and what it means."""
    if is_argument(parameter):
        return f"`{parameter.metavar or parameter.name.upper()}`", parameter.help
    shown = ", ".join(f"`{word}`" for word in parameter.opts)
    notes = [parameter.help]
    if isinstance(parameter.default, Enum):
        words = ", ".join(one.value for one in type(parameter.default))
        notes.append(f"One of {words}; default: {parameter.default.value}.")
    if parameter.required:
        notes.append("Required.")
    return shown, " ".join(notes)


if __name__ == "__main__":
    main()
