"""Let DVC work in a second work tree with the cache and the remotes of the first."""

import importlib
from pathlib import Path

_FOLDER = ".dvc"
_LEVEL = "local"


def share(root: Path, scratch: Path) -> None:
    """Make DVC in *scratch*, another work tree of the repository at *root*, use what belongs to *root*.

    The settings of this machine (``.dvc/config.local``), the cache and the remotes are those of *root*,
    relative paths resolved: what is built in one place is known in the other. What DVC remembers of the
    files that it has read stays in *scratch*, and goes with it.
    """
    config = importlib.import_module("dvc.config")
    here = config.Config(str(root / _FOLDER))
    shared = {
        "core": {"site_cache_dir": str(scratch / _FOLDER / "tmp" / "site")},
        "cache": {"dir": str(root / _FOLDER / "cache"), **here["cache"]},
        "remote": here["remote"],
    }
    with config.Config(str(scratch / _FOLDER)).edit(_LEVEL) as there:
        config.merge(there, here.load_one(_LEVEL))
        config.merge(there, shared)
