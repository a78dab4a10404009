"""Products of earlier runs, by what a dvc.lock says of them: which digest each has, and where the cache keeps it."""

import importlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from groundkeeper.errors import PipelineError, listing


def outputs(lock: str, stage: str) -> dict[str, str]:
    r"""Return path to md5 of the products that *stage* had, by the text of a dvc.lock; none if it never ran.

    Raises
    ------
    PipelineError
        If the text is no dvc.lock.

    Examples
    --------
    >>> lock = "stages:\n  a@red:\n    outs:\n    - path: data/a/red/x.parquet\n      md5: 0f\n"
    >>> outputs(lock, "a@red"), outputs(lock, "b@red")
    ({'data/a/red/x.parquet': '0f'}, {})
    """
    try:
        document = YAML(typ="safe", pure=True).load(lock) or {}
        told = (document.get("stages") or {}).get(stage) or {}
        return {str(out["path"]): str(out["md5"]) for out in told.get("outs") or ()}
    except (YAMLError, AttributeError, KeyError, TypeError) as error:
        message = f"dvc.lock: cannot be read ({error}); restore it (`git restore dvc.lock`)"
        raise PipelineError(message) from error


def places(repo: Any, digests: Collection[str]) -> dict[str, Path]:  # noqa: ANN401 - DVC's Repo, which has no types
    """Return for each of *digests* the file in the cache, fetched from the remote if the cache has lost it.

    Raises
    ------
    PipelineError
        If the remote does not have it either.
    """
    cache = repo.cache.local
    absent = sorted({digest for digest in digests if not cache.exists(digest)})
    if absent:
        info = importlib.import_module("dvc_data.hashfile.hash_info").HashInfo
        repo.cloud.pull([info("md5", digest) for digest in absent])
    lost = [digest for digest in absent if not cache.exists(digest)]
    if lost:
        message = (
            f"neither the cache nor the remote has the files with md5 {listing(lost)}; fetch them from "
            "where they were made (`dvc push` there, then `dvc fetch` here)"
        )
        raise PipelineError(message)
    return {digest: Path(cache.oid_to_path(digest)) for digest in digests}
