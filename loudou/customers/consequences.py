"""What rooms above do when something happens to a customer. They say so here; this room knows none of them.

A consequence is called inside the act, with the customer and `by`, and stands or falls with it:

- `renamed`: its name changed;
- `handed_over`: `former` → `owner`, `reason`;
- `merged`: `merged` went into it; what the consequence returns, `{name: keys moved}`, is remembered;
- `unmerged`: `merged` stands alone again; `moved` is what `merged` returned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from loudou.customers.models import Customer

F = TypeVar("F", bound=Callable[..., dict[str, Any] | None])
HAPPENINGS = ("renamed", "handed_over", "merged", "unmerged")
_told: dict[str, list[Callable[..., dict[str, Any] | None]]] = defaultdict(list)


def when(happening: str) -> Callable[[F], F]:
    """Let a function follow when this happens to a customer."""
    if happening not in HAPPENINGS:
        raise ValueError(happening)

    def keep(function: F) -> F:
        _told[happening].append(function)
        return function

    return keep


def tell(happening: str, customer: Customer, **facts: Any) -> dict[str, Any]:
    """Let everything follow that has to; returns what the consequences want remembered."""
    remembered: dict[str, Any] = {}
    for follow in _told[happening]:
        remembered |= follow(customer, **facts) or {}
    return remembered
