"""The kinds of rows there are, one module each. A room's new kind is one more module here; nothing else changes."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module


@lru_cache(maxsize=1)
def load() -> None:
    """Import every module of this package, each of which registers what it declares."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
