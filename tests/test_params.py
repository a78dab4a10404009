import pytest
from pydantic import Field

from groundkeeper import params
from groundkeeper.errors import ParamsError, UnknownNameError


class Params(params.StageParams):
    share: float = Field(default=0.1, ge=0, le=1)
    seed: int


def load(tmp_path, text):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    return params.load(Params, path, "s", "stage")


def test_a_section_becomes_a_frozen_model(tmp_path):
    found = load(tmp_path, "sets: {s: {stage: {seed: 3}}}")
    assert (found.seed, found.share) == (3, 0.1)
    with pytest.raises(ValueError, match="frozen"):
        found.seed = 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "sets: {s: {stage: {seed: 3, sharee: 1}}}",
            r"sets\.s\.stage\.sharee: found an unknown key; allowed are share, seed; write share",
        ),
        ("sets: {s: {stage: {share: 0.5}}}", r"sets\.s\.stage\.seed: found nothing"),
        (
            "sets: {s: {stage: {seed: 3, share: 2}}}",
            r"share: found 2; allowed is a number of 1 or less; correct it",
        ),
        ("sets: {s: {}}", r"sets\.s\.stage\.seed: found nothing, and it is needed; add it"),
        ("sets: {s: {stage: {seed: 3}, stage: {seed: 4}}}", "not readable as YAML"),
        ("sets: [", "not readable as YAML"),
        ("other: 1", "needs a mapping `sets`"),
        ("sets: {s: {}}\nmore: 1", "unknown key more"),
        ("", "needs a mapping `sets`"),
        ("sets: {s: {stage: {seed: 3}}, a b: {}}", "found a b; a name is of the characters"),
    ],
)
def test_a_wrong_file_says_where_what_and_what_is_allowed(tmp_path, text, message):
    with pytest.raises(ParamsError, match=message):
        load(tmp_path, text)


def test_an_unknown_set_lists_the_sets(tmp_path):
    with pytest.raises(UnknownNameError, match="no set 's'; there are: other"):
        load(tmp_path, "sets: {other: {}}")


def test_no_is_a_text_and_not_false(tmp_path):
    """YAML 1.2, as DVC reads it; YAML 1.1 would make it false."""
    with pytest.raises(ParamsError, match="found 'no'"):
        load(tmp_path, "sets: {s: {stage: {seed: no}}}")


def test_a_missing_file_says_where_to_stand(tmp_path):
    with pytest.raises(ParamsError, match="root of a Groundkeeper repository"):
        params.load(Params, tmp_path / "params.yaml", "s", "stage")
