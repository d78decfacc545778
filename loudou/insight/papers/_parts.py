"""What makes up a paper: its tables, how many rows it takes out, notes, lines to be signed."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.ui.papers import Table

Parts = tuple[Sequence[Table], int, list[str], Sequence[str]]
