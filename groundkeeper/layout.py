"""Where the files of one set are, below the root of a repository. Knows names, opens nothing."""

from dataclasses import dataclass
from pathlib import Path

from schemas.table import Table


@dataclass(frozen=True)
class Layout:
    """The folders and files of one set.

    Examples
    --------
    >>> Layout(Path(), "lung-nodules").metrics("agreement").as_posix()
    'data/agreement/lung-nodules/metrics.json'
    """

    root: Path
    set_name: str

    def folder(self, stage: str) -> Path:
        """Return the folder of the products of *stage*; the release is kept as ``gt``."""
        return self.root / "data" / ("gt" if stage == "release" else stage) / self.set_name

    def table(self, stage: str, table: Table) -> Path:
        """Return the file of *table* as written by *stage*."""
        return self.folder(stage) / f"{table.name}.parquet"

    def metrics(self, stage: str) -> Path:
        """Return the file of the figures that *stage* hands to ``dvc metrics``."""
        return self.folder(stage) / "metrics.json"

    def concern(self, name: str) -> Path:
        """Return the normative form of one concern of the current guideline."""
        return self.folder("guideline") / f"{name}.json"

    @property
    def inbox(self) -> Path:
        """Return the folder of the batches taken in."""
        return self.root / "data" / "inbox" / self.set_name

    @property
    def guidelines(self) -> Path:
        """Return the folder of the guideline's versions."""
        return self.root / "guidelines" / self.set_name

    @property
    def manifest(self) -> Path:
        """Return the manifest of the released GT."""
        return self.folder("release") / "manifest.json"

    @property
    def params(self) -> Path:
        """Return the file of the parameters."""
        return self.root / "params.yaml"
