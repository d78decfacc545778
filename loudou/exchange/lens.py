"""What somebody is looking at: imports by kind and state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from loudou.exchange.importing.spec import Kind, kind_named, kinds
from loudou.exchange.models import Import, Problem
from loudou.people.access import may
from loudou.people.models import User
from loudou.ui.paging import Page, keyset

MOST_REASONS = 50


@dataclass(frozen=True)
class ImportLens:
    """The imports a person may see, by kind and state; what it does not know it leaves out."""

    user: User
    kind: str = ""
    state: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], user: User) -> Self:
        """The lens that a query string asks for."""
        kind, state = query.get("kind", ""), query.get("state", "")
        return cls(user, kind if kind_named(kind) else "", state if state in Import.State.values else "")

    def query(self, **changed: str) -> dict[str, str]:
        """Its query string, with something changed."""
        asked = {"kind": self.kind, "state": self.state, **changed}
        return {name: value for name, value in asked.items() if value}

    def page(self, after: str = "") -> Page[Import]:
        """A page of them, newest first."""
        wanted = Import.objects.visible_to(self.user).filter(
            **{name: value for name, value in (("kind", self.kind), ("state", self.state)) if value}
        )
        return keyset(
            wanted,
            order=("-id",),
            load=lambda keys: list(Import.objects.filter(pk__in=keys).select_related("owner")),
            after=after,
        )

    def options(self, name: str, known: Iterable[tuple[str, str | Promise]]) -> list[tuple[str, str, bool]]:
        """What a filter offers: text, address, whether it is chosen."""
        here = reverse("exchange:imports")
        found = [(_("All"), "", not getattr(self, name))]
        found += [(str(title), value, getattr(self, name) == value) for value, title in known]
        return [(text, f"{here}?{urlencode(self.query(**{name: value}))}", on) for text, value, on in found]

    @property
    def kinds(self) -> list[Kind]:
        """The kinds there are."""
        return kinds()


def problems_of(run: Import, after: str = "") -> Page[Problem]:
    """What is wrong with its rows: refusals first, then warnings, by line."""
    return keyset(
        Problem.objects.filter(run=run),
        order=("is_warning", "line", "id"),
        load=lambda keys: list(Problem.objects.filter(pk__in=keys)),
        after=after,
    )


def repeated_reasons(run: Import) -> list[dict[str, Any]]:
    """What is wrong again and again: `reason`, `column`, `is_warning`, how many `rows`, and the `first` line of them.

    The commonest first; empty where every problem is one of a kind.
    """
    grouped = Problem.objects.filter(run=run).values("is_warning", "column", "reason")
    counted = grouped.annotate(rows=Count("pk"), first=Min("line")).order_by("is_warning", "-rows", "first")
    found: list[dict[str, Any]] = [dict(one) for one in counted[:MOST_REASONS]]
    return found if any(one["rows"] > 1 for one in found) else []


def open_kinds(user: User) -> list[Kind]:
    """The kinds this person may import, if they may import at all."""
    return [kind for kind in kinds() if kind.open_to(user)] if may(user, "exchange.import") else []
