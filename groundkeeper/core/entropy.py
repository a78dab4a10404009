"""How open a question is on which people were split."""

import numpy as np
import numpy.typing as npt


def entropy(share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the binary entropy of each share in bits; 0 where all or nobody said so, or the share is unknown.

    Examples
    --------
    >>> entropy(np.array([0.5, 1.0, np.nan])).tolist()
    [1.0, 0.0, 0.0]
    """
    contested = (share > 0) & (share < 1)
    inside = np.where(contested, share, 0.5)
    bits = -(inside * np.log2(inside) + (1 - inside) * np.log2(1 - inside))
    return np.where(contested, bits, 0.0)
