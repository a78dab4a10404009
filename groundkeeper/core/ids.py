"""Ids that say what a thing is: a hash of its natural key, the same on every machine."""

import hashlib
import json

DIGITS = 20


def make_id(prefix: str, *key: str | float | None) -> str:
    """Return *prefix* and 20 hex digits of the sha256 over *key* as a canonical JSON array.

    The array keeps the parts apart: ``("a", "bc")`` and ``("ab", "c")`` give different ids.

    Examples
    --------
    >>> make_id("it", "lung-nodules", "LIDC-IDRI-0078/scan-1")
    'it_83dbee1388c196baca0b'
    >>> make_id("it", "a", "bc") == make_id("it", "ab", "c")
    False
    """
    return f"{prefix}_{hashlib.sha256(canonical_json(list(key)).encode()).hexdigest()[:DIGITS]}"


def canonical_json(value: object) -> str:
    r"""Return *value* as JSON text that is the same for equal values: sorted keys, no spaces, UTF-8, no NaN.

    Raises
    ------
    ValueError
        If *value* holds NaN or an infinity, which JSON cannot say.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [True, None]})
    '{"a":[true,null],"b":1}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
