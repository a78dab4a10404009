"""Skeletons, joint by joint, as ``core.shapes.points.keypoints`` has them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.kinds.protocol import Floats, Scale
from groundkeeper.core.kinds.shape_kind import Drawings, ShapeKind
from groundkeeper.core.shapes.points.joint_fusion import fused_joints, joint_spread
from groundkeeper.core.shapes.points.keypoints import (
    area_of_both,
    joint_boxes,
    joints_of,
    oks,
    skeletons_of,
)
from schemas.enums import Shape


def _alike(left: Geometries, right: Geometries, scale: Scale) -> Floats:
    ours, theirs = joints_of(left), joints_of(right)
    area = area_of_both(joint_boxes(ours), joint_boxes(theirs), scale.image_area_px2)
    sigma = scale.sigma[0] if len(scale.sigma) == 1 else np.array(scale.sigma)
    return oks(ours, theirs, area, sigma)


def _medians(drawings: Drawings, _scale: Scale) -> Geometries:
    joints = joints_of(drawings.geometry)
    return skeletons_of(fused_joints(joints, drawings.group, len(drawings.units)))


def _apart(drawings: Drawings, fused: Geometries, _scale: Scale) -> Mapping[str, Floats]:
    """Return ``point_distance_px`` and ``point_mean_px``: the largest and the mean over the joints."""
    largest, mean = joint_spread(
        joints_of(drawings.geometry), joints_of(fused), drawings.group, len(drawings.units)
    )
    known = ~np.isnan(mean)
    total = np.where(known, mean, 0.0).sum(axis=1)
    count = known.sum(axis=1)
    return {
        "point_distance_px": np.fmax.reduce(largest, axis=1, initial=np.nan),
        "point_mean_px": np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0),
    }


SKELETON: Final = ShapeKind(
    Shape.SKELETON.value, _alike, MappingProxyType({"joint_median": _medians}), _apart
)
