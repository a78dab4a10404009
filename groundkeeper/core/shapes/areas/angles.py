"""Directions in degrees: of vectors, the mean of axes, the shorter way from one to another, what is turned."""

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.shapes.drawn import Floats


def axis_mean(degrees: Floats, weights: Floats) -> Floats:
    """Return the mean direction of axes, from 0 to 180 degrees [g]: an axis at 179 and one at 1 have theirs at 0.

    Parameters
    ----------
    degrees : float64[g, k]
        Directions of k axes each; what is half a turn apart is the same.
    weights : float64[g, k]
        How much each counts, not negative. Where nothing counts, or no direction prevails, that of the first axis.

    Examples
    --------
    >>> axis_mean(np.array([[178.0, 4.0]]), np.ones((1, 2))).round(9)
    array([1.])
    """
    doubled = np.deg2rad(degrees) * 2
    x, y = ((weights * wave(doubled)).sum(axis=1) for wave in (np.cos, np.sin))
    mean = np.rad2deg(np.arctan2(y, x)) / 2
    prevails = np.hypot(x, y) > 1e-9 * np.maximum(weights.sum(axis=1), 1e-300)
    found: Floats = np.where(prevails, mean, degrees[:, 0]) % 180
    return found


def direction(x: Floats, y: Floats) -> Floats:
    """Return the direction of (x, y) clockwise from that of x as the screen shows it, in degrees from 0 to below 360.

    Examples
    --------
    >>> direction(np.array([1.0, 0.0, 1.0]), np.array([0.0, -2.0, -1e-300])).tolist()
    [0.0, 270.0, 0.0]
    """
    degrees = np.rad2deg(np.arctan2(y, x)) % 360
    # What is just below 0 is rounded to a full turn.
    return np.where(degrees < 360, degrees, 0.0)  # noqa: PLR2004 - a full turn


def wrapped(degrees: Floats) -> Floats:
    """Return angles as the nearest way round, above -180 and at most 180 degrees.

    Examples
    --------
    >>> wrapped(np.array([350.0, 180.0, -180.0, 10.0]))
    array([-10., 180., 180.,  10.])
    """
    found: Floats = 180.0 - (180.0 - degrees) % 360.0
    return found


def turned(cx: Floats, cy: Floats, along: Floats, across: Floats, rotation: Floats) -> Geometries:
    """Return polygons whose corners lie so far *along* and *across* [n, k] of axes that were turned, object [n].

    Parameters
    ----------
    cx, cy : float64[n]
        Centres, px.
    along, across : float64[n, k]
        Of each corner from the centre, before it is turned, px.
    rotation : float64[n]
        In degrees clockwise on the screen.
    """
    turn = np.deg2rad(rotation)[:, np.newaxis]
    x = np.asarray(cx)[:, np.newaxis] + along * np.cos(turn) - across * np.sin(turn)
    y = np.asarray(cy)[:, np.newaxis] + along * np.sin(turn) + across * np.cos(turn)
    return np.asarray(shapely.polygons(np.dstack([x, y])), dtype=object)
