"""What a new guideline would mean for the records of a file, or of a set in a repository."""

from groundkeeper.assessing.assessed import Assessed, Source
from groundkeeper.assessing.of_file import OfFile
from groundkeeper.assessing.of_set import OfSet

__all__ = ["Assessed", "OfFile", "OfSet", "Source"]
