"""Closing books and opening them again (`domain.md` C20)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.catalog.models import Product
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people import verbs as people
from loudou.people.access import require
from loudou.people.models import User
from loudou.signoff.models import Request
from loudou.signoff.verbs import ask
from loudou.targets import events
from loudou.targets.models import Closing, Fact
from loudou.targets.queries.closing import last_closing
from loudou.ui.fields import EARLIEST_YEAR

REOPENING = "targets.reopening"
BATCH = 5_000
Facts = Callable[[Period], Iterable[Fact]]


@verb
def close_books(month: Period, *, facts: Facts, by: User | None, note: str = "") -> Closing:
    """Close all books up to the end of a month and freeze what was achieved since the closing before.

    `facts` counts what was achieved in a period, day by day; it is asked once nothing can be dated there any more.
    """
    require(by, "people.close_books")
    if month.end.day != 1 or month.end.year <= EARLIEST_YEAR:
        raise Refused(_("Books are closed by the month: 2026-04."), field="month")
    people.close_books(month.end - timedelta(days=1), by=by)
    last = last_closing()
    starts_on = last.ends_on if last is not None else date(EARLIEST_YEAR, 1, 1)
    if month.end <= starts_on:
        raise Refused(_("These books are closed already."), field="month")
    closing = Closing.objects.create(
        starts_on=starts_on,
        ends_on=month.end,
        note=note.strip()[:300],
        employed=_employed(),
        families=_families(),
        closed_at=clock.now(),
        closed_by=by,
    )
    frozen = [_of(closing, fact) for fact in facts(closing.period)]
    Fact.objects.bulk_create(frozen, batch_size=BATCH)
    record(events.BOOKS_CLOSED, closing, by=by, facts=len(frozen), note=closing.note)
    return closing


@verb
def ask_reopening(closing: Closing, *, reason: str, by: User, version: int | None = None) -> Request:
    """Ask that the books closed last be opened again; somebody else with the right to it signs (finance and management)."""
    require(by, "people.close_books")
    fresh = lock(closing, version=version)
    if last_closing() != fresh:
        raise Refused(_("Only the books that were closed last are opened again."), field="reason")
    if not reason.strip():
        raise Refused(_("Say why the books are to be opened again."), field="reason")
    return ask(
        fresh,
        act=REOPENING,
        needs="people.reopen_books",
        url="targets:confirm",
        by=by,
        unit=None,
        payload={},
        facts=[(gettext_lazy("Books closed through"), fresh.last_day)],
        reason=reason.strip()[:300],
        working_days=3,
    )


def _employed() -> dict[int, list[str | None]]:
    """Who joined or left when, as it is known now."""
    dated = User.objects.filter(~Q(joined_on=None) | ~Q(left_on=None))
    return {
        key: [day.isoformat() if day else None for day in days]
        for key, *days in dated.order_by("pk").values_list("pk", "joined_on", "left_on")
    }


def _families() -> dict[int, str]:
    """Which product stands in which family now."""
    return dict(Product.objects.exclude(family="").order_by("pk").values_list("pk", "family"))


def _of(closing: Closing, fact: Fact) -> Fact:
    fact.closing = closing
    return fact
