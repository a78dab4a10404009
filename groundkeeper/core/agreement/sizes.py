"""How large objects are, in the three sizes of COCO.

References
----------
Lin et al. (2014), Microsoft COCO: Common Objects in Context, https://arxiv.org/abs/1405.0312. The limits are those of
its evaluation: small below 32 x 32 px, large above 96 x 96 px.
"""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import Floats, divide
from groundkeeper.core.shapes.drawn import Clusters

SMALL, MEDIUM, LARGE = "small", "medium", "large"
SIZES = (SMALL, MEDIUM, LARGE)
"""From the smallest."""
LIMITS_PX2 = (32.0**2, 96.0**2)
"""Areas up to which an object is small and medium."""


def size_of_objects(area_px2: Floats, clusters: Clusters) -> npt.NDArray[np.object_]:
    """Return the size of each object, by the mean area of what was drawn of it; None where nothing has an area.

    Parameters
    ----------
    area_px2 : float[n]
        The area of each shape, over several frames that of its largest; nan where it has none.
    clusters : Clusters
        Which shapes are one object.

    Examples
    --------
    >>> clusters = Clusters(np.array([0, 0, 1, 2]), np.ones(3, bool))
    >>> size_of_objects(np.array([1000.0, 1050.0, 10_000.0, np.nan]), clusters).tolist()
    ['medium', 'large', None]
    """
    known = ~np.isnan(area_px2)
    record, count = clusters.record[known], len(clusters)
    drawn = np.bincount(record, minlength=count).astype(np.float64)
    total = np.bincount(record, area_px2[known], count).astype(np.float64)
    mean = divide(total, drawn)
    # An area that is a limit itself is of the larger size, as nan would be: it is sorted behind everything.
    names = np.array([*SIZES, None], dtype=object)
    place = np.where(np.isnan(mean), len(SIZES), np.searchsorted(LIMITS_PX2, mean, side="right"))
    return np.asarray(names[place])
