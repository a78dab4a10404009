import copy
import re

import pytest

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.reports.guideline_document import document

HOSTILE = "<script>alert(1)</script>"
WRITTEN = {
    "guideline": {
        "set": "made-up",
        "version": "2.0.0",
        "supersedes": "1.0.0",
        "released": "2026-03-02",
        "owners": ["Ada"],
        "status": "published",
    },
    "prose": [
        {"id": "purpose", "text": "Find them all."},
        {"id": "small", "scope": "diameter_mm < 3", "text": "Mark the centre."},
    ],
    "fields": {
        "diameter_mm": {
            "type": "number",
            "unit": "mm",
            "min": 0,
            "from": "geometry",
            "function": "largest_diameter",
            "fuse": "median",
            "text": "The largest distance.",
        },
        "texture": {
            "type": "ordinal",
            "values": [1, 2, 3],
            "from": "attribute",
            "fuse": "median",
            "text": "How solid it is.",
        },
        "contrast": {"type": "bool", "from": "metadata", "level": "item"},
        "signs": {
            "type": "set",
            "values": ["spikes", "fat"],
            "from": "attribute",
            "fuse": "majority",
        },
        "causes": {
            "type": "ranking",
            "values": ["scar", "tumour"],
            "from": "attribute",
            "fuse": "kemeny",
        },
        "calcified": {"type": "bool", "from": "attribute", "fuse": "posterior"},
    },
    "classes": {"nodule": {"text": "A round opacity.", "confused_with": ["a vessel"]}},
    "conventions": {"outline": "first_pixel_outside"},
    "decisions": {
        "include": {
            "by": "derived",
            "outcomes": ["annotate", "skip"],
            "invisible": ["skip"],
            "default": "annotate",
            "rules": [
                {
                    "id": "inc.small",
                    "when": "diameter_mm < 6 and not contrast",
                    "then": "skip",
                    "text": "Too small.",
                    "examples": ["5.9 mm without contrast is skipped."],
                },
                {"id": "inc.odd", "opaque": {"scope": "texture == 1"}, "then": "skip"},
            ],
        }
    },
    "attributes": {"texture": {"required_when": "diameter_mm >= 3"}},
    "precision": {"polygon": {"tol_px": 2, "measure": "boundary_p95"}},
    "coverage": {"nodule": "exhaustive"},
    "consensus": {
        "experts": 4,
        "quorum": 2,
        "match": {"by": "iou", "at_least": 0.1},
        "shape": "majority_region",
        "inference": {
            "calcified": {"method": "dawid_skene", "compare": ["majority", "glad"], "at_least": 0.9}
        },
    },
    "scoring": {"match_iou": 0.5},
    "changelog": [
        {
            "id": "CHG-3",
            "kind": "threshold",
            "target": "inc.small",
            "rationale": "Small ones were noise.",
            "evidence": ["a study"],
            "decided_by": "Ada",
        }
    ],
}


@pytest.fixture
def written():
    return copy.deepcopy(WRITTEN)


def text_of(page):
    """What a reader sees, in one line."""
    body = page[page.index("<body>") :]
    return " ".join(re.sub(r"<[^>]+>", "", body).split())


@pytest.mark.parametrize(
    "said",
    [
        "Guideline for annotators made-up 2.0.0",
        "in place of 1.0.0",
        "Find them all.",
        "Mark the centre. (where diameter is less than 3 mm)",
        "a number in mm, at least 0",
        "one of 1, 2, 3, in this order",
        "all that apply of spikes, fat, or none of them",
        "Of several experts: each value that more than half of the experts choose.",
        "some or all of scar, tumour, the best first",
        "Of several experts: the order that contradicts the fewest of the experts' preferences.",
        "what the method dawid_skene infers, if it is at least 90 % probable and majority and glad say the same",
        "Required when diameter is at least 3 mm",
        "Of several experts: the middle of the experts' values.",
        "If diameter is less than 6 mm and contrast is false: skip.",
        "Too small.",
        "Example: 5.9 mm without contrast is skipped.",
        "If texture is 1, and a person judges that what follows is so: skip.",
        "Otherwise: annotate.",
        "What is decided as skip leaves no trace",
        "Often confused with: a vessel.",
        "Find all of them: what is not marked is taken as absent.",
        "polygon: within 2 px",
        "Annotations that overlap by at least 10 %",
        "CHG-3: threshold of inc.smallSmall ones were noise. Evidence: a study. Decided by Ada.",
    ],
)
def test_the_document_says(said, written):
    page = document(Guideline.model_validate(written)).replace("&#39;", "'")
    assert said in text_of(page)


@pytest.mark.parametrize(
    ("match", "shape", "said"),
    [
        ({"by": "similarity", "at_least": 0.4}, "none", "at least 40 % alike are about the same"),
        ({"by": "item"}, "edge_median", "Each edge of the record's box is the median"),
        ({"by": "item"}, "weighted_boxes", "the mean of those that were drawn"),
        ({"by": "item"}, "staple", "the region that is probable"),
        ({"by": "item"}, "medoid", "the drawing that is most like the others"),
        ({"by": "item"}, "by_kind", "or the line that is most like the others"),
    ],
)
def test_the_document_says_how_shapes_become_one(match, shape, said, written):
    consensus = {**written["consensus"], "match": match, "shape": shape}
    page = document(Guideline.model_validate({**written, "consensus": consensus}))
    assert said in text_of(page.replace("&#39;", "'"))


def test_a_guideline_without_optional_blocks_has_no_empty_sections(written):
    for block in (
        "prose",
        "classes",
        "conventions",
        "attributes",
        "precision",
        "coverage",
        "changelog",
    ):
        del written[block]
    page = document(Guideline.model_validate(written))
    assert re.findall(r'<section id="(\w+)"', page) == ["fields", "decisions", "consensus"]
    assert set(re.findall(r'href="#(\w+)"', page)) == {"fields", "decisions", "consensus"}


def test_prose_is_shown_as_text(written):
    written["prose"][0]["text"] = HOSTILE
    written["guideline"]["owners"] = [HOSTILE]
    written["decisions"]["include"]["rules"][0]["examples"] = [HOSTILE]
    written["classes"]["nodule"]["confused_with"] = [HOSTILE]
    written["changelog"][0]["evidence"] = [HOSTILE]
    page = document(Guideline.model_validate(written))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 5


def test_the_document_loads_nothing_and_is_the_same_twice(written):
    guideline = Guideline.model_validate(written)
    page = document(guideline)
    assert not re.search(
        r"<(script|link|img|iframe)\b|https?://|@import|url\(", page, re.IGNORECASE
    )
    assert page == document(Guideline.model_validate(written))
