"""Exports of early warnings, with the answers to them and what became of each."""

from __future__ import annotations

from datetime import tzinfo
from decimal import Decimal

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.people.models import User
from loudou.warnings.figures.signs import ANNOUNCES
from loudou.warnings.lens import WarningLens
from loudou.warnings.models import EarlyWarning

_RAISED = ("raised_at", "deal__code", "sign", "owner__username", "number", "id")


def _warnings(user: User | None, filters: Filters) -> Rows:
    """Unless a state is asked for, all of them."""
    chosen = WarningLens.read({"state": "all", **filters}, user).warnings
    found = chosen.visible_to(user, "exchange.export").select_related("deal", "owner", "answered_by", "unit")
    return found.defer("deal__search", "deal__extra", "deal__note", "deal__review").order_by(*_RAISED)


def _warning(warning: EarlyWarning, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    told = "yes" if warning.announced else "no"
    announced = (ANNOUNCES[warning.sign], Decimal(warning.number), warning.amount, told)
    times = (instant(warning.raised_at, zone), instant(warning.comes_at, zone))
    who = warning.answered_by.username if warning.answered_by else None
    answer = (warning.state, warning.until, warning.reason, instant(warning.answered_at, zone), who)
    about = (warning.deal.code, warning.sign, warning.owner.username)
    ended = (instant(warning.ended_at, zone), warning.how)
    asked = (instant(warning.since, zone), instant(warning.asked_at, zone), str(warning.level))
    return (*about, *announced, *times, *answer, *ended, *asked, warning.unit.code if warning.unit else None)


WARNING_SHEETS = (
    Sheet(
        "warnings",
        gettext_lazy("Early warnings"),
        (
            *("deal_code", "sign", "owner_username", "announces", "number", "amount", "announced"),
            *("raised_at", "comes_at", "state", "until", "reason", "answered_at", "answered_by"),
            *("ended_at", "how", "since", "asked_at", "level", "unit_code"),
        ),
        "warnings.see",
        _warnings,
        _warning,
        lens=WarningLens,
    ),
)
