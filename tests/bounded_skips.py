"""What was skipped because data of others are not at hand: shown at the end of every run, and bounded.

A plugin of pytest, named in ``conftest.py``. Without the bound a mistake could skip what matters unseen.
"""

import pytest

AT_MOST = {"GROUNDKEEPER_REFERENCE": 80}
"""Word in the reason of a skip to how many tests may be skipped for it."""


def counted(reports):
    """How many of the skipped *reports* give each of the reasons."""
    reasons = [str(report.longrepr) for report in reports]
    return {word: sum(word in reason for reason in reasons) for word in AT_MOST}


def lines(counts):
    """What to say at the end of a run."""
    return [
        f"{count} tests skipped for want of {word}; at most {AT_MOST[word]} may be"
        for word, count in counts.items()
        if count
    ]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    """Fail a run in which more was skipped than may be."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    counts = counted(reporter.stats.get("skipped", [])) if reporter else {}
    if any(count > AT_MOST[word] for word, count in counts.items()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Say how many tests were skipped for want of what."""
    for line in lines(counted(terminalreporter.stats.get("skipped", []))):
        terminalreporter.write_line(line)
