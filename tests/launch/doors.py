"""Doors of the machines that watch: open to everybody, and silent about everything but health."""

from __future__ import annotations

from tests.doors import PEOPLE, Door

_EVERYBODY = " ".join(["200"] * len(PEOPLE))

DOORS = [Door("healthz", _EVERYBODY), Door("readyz", _EVERYBODY)]
