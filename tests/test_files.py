import errno
import os
import signal
import subprocess
import sys

import pytest

from groundkeeper import files
from groundkeeper.errors import StorageError, TableError


def test_json_is_sorted_and_ends_with_a_line_feed(tmp_path):
    files.write_json(tmp_path / "a.json", {"b": 1, "a": "é"})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n "a": "é",\n "b": 1\n}\n'


def test_nan_is_no_json(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "a.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [None, "{"])
def test_a_missing_or_broken_document_is_a_clear_error(text, tmp_path):
    path = tmp_path / "a.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(TableError, match=r"a\.json: (no such file|not JSON)"):
        files.read_json(path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_disk_that_refuses_leaves_what_was_there(number, tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")

    def refuse(partial):
        partial.write_text("half")
        raise OSError(number, os.strerror(number))

    with pytest.raises(StorageError, match="nothing was changed"):
        files.replace(path, refuse)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_a_file_size_limit_of_the_system_is_a_clear_error(tmp_path):
    """A real refusal by the kernel: the process may write no file above one kilobyte."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from groundkeeper import files;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024));"
        "from groundkeeper.errors import StorageError\n"
        "try: files.write_text(Path(sys.argv[1]), 'x' * 10_000)\n"
        "except StorageError as error: print(error)"
    )
    path = tmp_path / "a.txt"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert "File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_kill_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    code = (
        "import os, signal, sys; from pathlib import Path; from groundkeeper import files\n"
        "def die(partial): partial.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.replace(Path(sys.argv[1]), die)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert (done.returncode, path.read_text()) == (-signal.SIGKILL, "old")


def test_another_error_of_the_system_is_a_bug_and_keeps_its_traceback(tmp_path):
    def broken(_partial):
        raise OSError(errno.EBADF, "bad")

    with pytest.raises(OSError, match="bad") as caught:
        files.replace(tmp_path / "a", broken)
    assert not isinstance(caught.value, StorageError)
