"""What tests of commands share: a way to call one in a folder of its own, and a repository with open cases."""

import pytest
from builders import open_cases
from typer.testing import CliRunner

from groundkeeper.cli import app


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Return what makes a call of a command in a folder of its own: it returns stdout, or stderr of one that fails."""
    monkeypatch.chdir(tmp_path)

    def of(*command):
        def call(*words, status=0):
            done = CliRunner().invoke(app, [*command, *words])
            assert done.exit_code == status, done.output
            return done.stderr if status else done.stdout

        return call

    return of


@pytest.fixture(scope="session")
def open_ones(tmp_path_factory):
    """A repository whose queue has cases of two positions. Nobody writes into it; copy what you change."""
    return open_cases.built_in(tmp_path_factory.mktemp("adjudicate") / "built")
