"""dvc.yaml, params.yaml and the code agree."""

import importlib

import grimp
import pytest
from project import PACKAGES, ROOT, file_of, import_graph, load_yaml, paths, pipeline

from groundkeeper.formats import FORMATS
from groundkeeper.params import StageParams, load
from stages.release import UPSTREAM
from stages.runner import STAGES

PIPELINE = pipeline()
MEND = "run: python scripts/pipeline_deps.py"
SETS = sorted(load_yaml("params.yaml")["sets"])


IMPORTS = grimp.build_graph(*PACKAGES, cache_dir=None, exclude_type_checking_imports=True)
"""Every import that happens when the code runs."""


def files_behind(stage, graph=IMPORTS):
    """The files that run when the stage runs: all it imports, the runner, the readers of formats."""
    # The manifest of a release holds a digest of the code of every stage before it.
    names = UPSTREAM if stage == "release" else (stage,)
    start = {"stages.runner", *(f"stages.{name}" for name in names)}
    if {"items", "ingest"} & set(names):
        start |= set(FORMATS.values())
    modules = start.union(*(graph.find_upstream_modules(module) for module in start))
    packages = {".".join(m.split(".")[:end]) for m in modules for end in range(1, m.count(".") + 1)}
    return {ROOT / "stages/__main__.py", *(file_of(module) for module in modules | packages)}


def data_beside(files):
    """The files in the packages of *files* that are no code, such as templates and tables of corrections."""
    folders = {file.parent for file in files if file.name != "__init__.py"}
    return {
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".typed"}
        if next(up for up in path.parents if (up / "__init__.py").exists()) == folder
    }


def code_deps(stage):
    return {path for path in paths(PIPELINE[stage]["deps"]) if path.split("/")[0] in PACKAGES}


def covers(dep, file):
    return ROOT / dep == file or ROOT / dep in file.parents


def test_every_stage_of_the_code_is_in_dvc_yaml():
    assert sorted(PIPELINE) == sorted(STAGES)


@pytest.mark.parametrize("stage", PIPELINE)
def test_deps_cover_every_module_that_the_stage_runs(stage):
    missing = sorted(
        file.relative_to(ROOT).as_posix()
        for file in files_behind(stage)
        if not any(covers(dep, file) for dep in code_deps(stage))
    )
    assert not missing, f"dvc.yaml: {stage} runs {missing}, which its deps do not name; {MEND}"


@pytest.mark.parametrize("stage", ["guideline", "items", "ingest", "report", "validate"])
def test_deps_cover_the_data_that_come_with_the_code(stage):
    files = data_beside(files_behind(stage))
    assert files
    assert [file for file in files if not any(covers(dep, file) for dep in code_deps(stage))] == []


@pytest.mark.parametrize("stage", PIPELINE)
def test_every_code_dep_is_imported_by_the_stage(stage):
    files = files_behind(stage, import_graph())
    files |= data_beside(files)
    unused = sorted(dep for dep in code_deps(stage) if not any(covers(dep, file) for file in files))
    assert not unused, f"dvc.yaml: {stage} names {unused}, which it does not import; {MEND}"


@pytest.mark.parametrize("stage", PIPELINE)
def test_a_stage_reads_only_what_an_earlier_one_writes(stage):
    data = [
        path.split("/")[1] for path in paths(PIPELINE[stage]["deps"]) if path.startswith("data/")
    ]
    earlier = {"inbox", *STAGES[: STAGES.index(stage)]}
    assert {"release" if name == "gt" else name for name in data} <= earlier


@pytest.mark.parametrize("stage", PIPELINE)
def test_the_command_runs_the_stage_of_this_name(stage):
    words = PIPELINE[stage]["cmd"].split()
    assert words[:5] == ["python", "-m", "stages", stage, "--set"]


@pytest.mark.parametrize("stage", PIPELINE)
def test_a_stage_tracks_its_own_section_of_the_params(stage):
    model = importlib.import_module(f"stages.{stage}").Params
    assert issubclass(model, StageParams)
    tracked = PIPELINE[stage].get("params", [])
    if stage == "release":
        assert tracked == ["sets.${key}"], "the manifest holds the params of the whole set"
    else:
        assert tracked == ([f"sets.${{key}}.{stage}"] if model.model_fields else [])


@pytest.mark.parametrize("set_name", SETS)
@pytest.mark.parametrize("stage", PIPELINE)
def test_the_params_of_every_set_load(stage, set_name):
    model = importlib.import_module(f"stages.{stage}").Params
    assert isinstance(load(model, ROOT / "params.yaml", set_name, stage), model)


@pytest.mark.parametrize("set_name", SETS)
def test_every_section_of_the_params_is_read_by_a_stage(set_name):
    assert set(load_yaml("params.yaml")["sets"][set_name]) <= set(STAGES)


@pytest.mark.parametrize("set_name", SETS)
@pytest.mark.parametrize("stage", PIPELINE)
def test_a_stage_writes_the_outs_that_dvc_yaml_declares(stage, set_name, built):
    body = PIPELINE[stage]
    outs = paths([*body.get("outs", []), *body.get("metrics", []), *body.get("plots", [])])
    declared = {path.replace("${key}", set_name) for path in outs}
    folder = built / "data" / ("gt" if stage == "release" else stage) / set_name
    whole = {path for path in declared if (built / path).is_dir()}
    written = {
        path.relative_to(built).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".gitignore"
    }
    inside = {path for path in written if any(path.startswith(f"{one}/") for one in whole)}
    assert written - inside == declared - whole
