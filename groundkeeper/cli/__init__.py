"""The ``gk`` command: options, one call of the library, output. No command does anything itself."""

from groundkeeper.cli import (
    adjudicate,
    agreement,
    auditing,
    guideline,
    history,
    inbox,
    meeting,
    people,
    refreshing,
    replaying,
    rounds,
    running,
    score,
    shapes,
    state,
    truth,
    what_if,
)
from groundkeeper.cli.application import application

app = application()
"""What ``gk`` and ``groundkeeper`` start."""

refreshing.register(app)
replaying.register(app)
state.register(app)
history.register(app)
running.register(app)
inbox.register(app)
rounds.register(app)
people.register(app)
auditing.register(app)
adjudicate.register(app)
meeting.register(app)
what_if.register(app)
truth.register(app)
agreement.register(app)
shapes.register(app)
score.register(app)
guideline.register(app)


def main() -> None:
    """Run the command line; what a user can act on is one message on stderr and exit 1."""
    app()
