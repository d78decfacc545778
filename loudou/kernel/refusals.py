"""How an act says no: one sentence for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

R = TypeVar("R")
T = TypeVar("T")


class Refused(Exception):
    """A rule was broken. `sentence` is shown to the person, beside `field` where one is to blame."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class Forbidden(Refused):
    """The person may see the thing but lacks the right for this act."""


class Stale(Refused):
    """Somebody else changed the record since it was read.

    `differences` maps a field's name to (the value now stored, the value this person sent); `told` says the same in the
    reader's words, by what the field is called.
    """

    def __init__(
        self,
        sentence: str,
        *,
        version: int,
        differences: dict[str, tuple[Any, Any]],
        told: dict[str, tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.version = version
        self.differences = differences
        self.told = told or {}


def attempted(rows: Iterable[R], make: Callable[[R], T]) -> list[T | Refused]:
    """What is made of each row, in order, or why it is refused."""
    outcomes: list[T | Refused] = []
    for row in rows:
        try:
            outcomes.append(make(row))
        except Refused as refusal:
            outcomes.append(refusal)
    return outcomes
