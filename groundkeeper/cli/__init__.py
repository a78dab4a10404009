"""The ``gk`` command: options, one call of the library, output. No command does anything itself."""

from groundkeeper.cli import history, inbox, refreshing, running, state
from groundkeeper.cli.application import application

app = application()
"""What ``gk`` and ``groundkeeper`` start."""

refreshing.register(app)
state.register(app)
history.register(app)
running.register(app)
inbox.register(app)


def main() -> None:
    """Run the command line; what a user can act on is one message on stderr and exit 1."""
    app()
