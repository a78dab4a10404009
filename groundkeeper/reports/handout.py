"""What annotators are handed of a guideline: the document, and what their tool needs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.errors import GuidelineError
from groundkeeper.reports import guideline_document, guideline_markdown
from groundkeeper.reports.guideline_entries import entries
from groundkeeper.reports.labelling import cvat, label_studio
from groundkeeper.reports.labelling.questions import Medium, labelling


class Target(StrEnum):
    """What a guideline is written for."""

    HTML = "html"
    MARKDOWN = "markdown"
    LABEL_STUDIO = "label-studio"
    CVAT = "cvat"
    ALL = "all"


@dataclass(frozen=True)
class Handout:
    """Files to be written, whole.

    Attributes
    ----------
    files
        By target, the text of each file by its name.
    left_out
        By target, why it cannot be written.
    """

    files: Mapping[Target, Mapping[str, str]]
    left_out: Mapping[Target, str]


def handout(guideline: Guideline, target: Target, medium: Medium | None = None) -> Handout:
    """Return the files of *guideline* for *target*; for all, what a tool cannot do is left out.

    Parameters
    ----------
    medium
        What items are shown as in a tool if nothing is drawn on them; an image unless said otherwise.

    Raises
    ------
    GuidelineError
        If *target* is one tool, and what the guideline asks for cannot be done in it.
    """
    if target is not Target.ALL:
        return Handout({target: _files(guideline, target, medium)}, {})
    files: dict[Target, Mapping[str, str]] = {}
    left_out: dict[Target, str] = {}
    for one in Target:
        if one is not Target.ALL:
            try:
                files[one] = _files(guideline, one, medium)
            except GuidelineError as error:
                left_out[one] = str(error)
    return Handout(files, left_out)


def _files(guideline: Guideline, target: Target, medium: Medium | None) -> dict[str, str]:
    match target:
        case Target.HTML:
            return {"guideline.html": guideline_document.document(guideline)}
        case Target.MARKDOWN:
            return {"guideline.md": guideline_markdown.document(guideline)}
        case Target.LABEL_STUDIO:
            project = label_studio.project(guideline, entries(guideline), medium)
            data = {"label-studio-task-data.json": _json(project.task_data)}
            return {
                "label-studio.xml": project.label_config,
                "label-studio-instructions.html": project.expert_instruction,
                "label-studio-project.json": _json(project.as_json()),
                **(data if project.task_data else {}),
            }
        case _:
            asked = labelling(guideline, entries(guideline), cvat.TOOL, medium)
            return {
                "cvat-labels.json": _json(cvat.labels(asked)),
                "cvat-guide.md": cvat.guide(asked),
            }


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
