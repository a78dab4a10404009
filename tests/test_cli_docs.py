"""docs/cli.md is the page that the commands describe themselves with."""

import re
import subprocess
import sys

import pytest
from project import ROOT, Document

PAGE = Document.at("docs/cli.md")
SECTIONS = re.findall(r"^## `(.*)`$", PAGE.text, flags=re.MULTILINE)


def test_the_page_is_what_the_script_prints():
    printed = subprocess.run(
        [sys.executable, "scripts/cli_docs.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout == PAGE.text, "run: python scripts/cli_docs.py > docs/cli.md"


def test_every_command_has_an_example():
    examples = PAGE.blocks("sh")
    assert len(examples) == len(SECTIONS)
    for title, example in zip(SECTIONS[1:], examples[1:], strict=True):
        command = " ".join(word for word in title.split() if word.islower())
        assert example.startswith(command), f"the example of {title} shows another command"


@pytest.mark.parametrize("title", SECTIONS[1:])
def test_every_command_that_prints_can_print_json(title):
    section = PAGE.text.split(f"## `{title}`", 1)[1].split("\n## ", 1)[0]
    assert "`--json`" in section
