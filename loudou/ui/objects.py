"""JSON as people and programs send it, with one meaning or none (IN-11)."""

from __future__ import annotations

import json
from typing import Any


def read_json(text: str | bytes) -> Any:
    """The value a JSON text stands for.

    Raises `ValueError` for what is no JSON or names a field of one object twice, of which other readers would take
    another one; `RecursionError` for what is nested too deep.
    """
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is named twice")
    return found
