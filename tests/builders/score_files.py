"""Files of anybody's for ``gk score files``, and the command called on them where one stands."""

import json
from pathlib import Path

from typer.testing import CliRunner

from groundkeeper.cli import score
from groundkeeper.cli.application import application


def application_with_score():
    """An application that has no other commands than those of ``gk score``."""
    app = application()
    score.register(app)
    app.command("other")(lambda: None)
    return app


def call(*words, status=0):
    """Call ``gk score files``, which has to end with *status*."""
    result = CliRunner().invoke(application_with_score(), ["score", "files", *words])
    assert result.exit_code == status, result.output
    return result


def document_and_values(*words):
    """The document of ``--json``, and the value of every figure over everything by (measure, subject)."""
    document = json.loads(call(*words, "--json").stdout)
    figures = [one for one in document["figures"] if one["facet"] == "all"]
    return document, {(one["measure"], one["subject"]): one["value"] for one in figures}


def of_task(task, *options):
    """The document of a task of CVAT."""
    write("task.json", task)
    return document_and_values("task.json", *options)[0]


def reports_of(task):
    """The reports of a task of CVAT in its profile, by who they are of."""
    return of_task(task, "--profile", "cvat")["cvat"]


def write(name, *lines):
    """Write a file of *lines*, which are texts or become JSON."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    Path(name).write_text("\n".join(texts) + "\n", encoding="utf-8")


def answer(item, annotator, *annotations, **more):
    """A line of a file of answers."""
    return {"item": item, "annotator": annotator, "annotations": annotations} | more


def shape(label, parts, **attributes):
    """An annotation that was drawn."""
    return {"label": label, "parts": parts, "attributes": attributes}


def box(x, y, width, height, frame=0):
    """A part that is a box."""
    return {"frame": frame, "bbox": [x, y, width, height]}
