"""The contact table (机会接触状况表, P03), with the list of deals nobody spoke about and what a won deal takes (M42)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from loudou.insight.figures.effort import Effort
from loudou.insight.figures.winrate import DAY, seconds
from loudou.insight.lens import InsightLens
from loudou.insight.queries.contacts import (
    Contacted,
    contact_rows,
    contacts_about,
    counted,
    effort,
    quiet,
    reached,
)
from loudou.insight.reports._plain import missing, money, ratio, stage_name, when
from loudou.insight.reports.promotion import AT_ONCE, HELPING, ORDER, Names, names_for, wanted
from loudou.kernel.numbers import CENT, Ratio, rounded
from loudou.kernel.periods import Period
from loudou.pipeline.figures.history import CLOSING
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.flags import thresholds
from loudou.ui.paging import SIZE, Page, keyset

# view=quiet: the no-contact list alone; view=contacted: those somebody was in contact about in the period.
QUIET, CONTACTED = "quiet", "contacted"


@dataclass(frozen=True)
class Totals:
    """How many deals the table has, how many were contacted in the period, how many of the open ones were not."""

    deals: int
    contacted: int
    quiet: int
    effort: Effort

    @property
    def share(self) -> Ratio:
        """Contacted ÷ all."""
        return Ratio.of(self.contacted, self.deals)


def totals(lens: InsightLens) -> Totals:
    """The head of the table."""
    return Totals(**counted(wanted(lens), lens.span), effort=effort_of(lens))


def effort_of(lens: InsightLens) -> Effort:
    """Visits and wins of the twelve months up to the day of the figures."""
    return effort(lens.scope, lens.span_of(trailing(lens)), funnels=lens.funnels, otherwise=lens.otherwise)


def trailing(lens: InsightLens) -> Period:
    """The twelve months that end with the day of the figures."""
    end = lens.today + timedelta(days=1)
    leap = (end.month, end.day) == (2, 29)
    return Period(end.replace(year=end.year - 1, day=28 if leap else end.day), end)


def page(lens: InsightLens, after: str = "", size: int = SIZE) -> Page[Contacted]:
    """One page of the table's lines, or of the no-contact list."""
    return keyset(
        _viewed(lens, first=True),
        order=ORDER,
        load=lambda keys: contact_rows(keys, lens.span, lens.today),
        after=after,
        size=size,
        counted=False,
    )


def _viewed(lens: InsightLens, *, first: bool = False) -> QuerySet[Deal]:
    """The deals of the table, or those of them that are asked for."""
    deals: QuerySet[Deal] = wanted(lens, first=first)
    if lens.view == QUIET:
        return deals.filter(quiet(lens.span))
    return deals.filter(reached(lens.span)) if lens.view == CONTACTED else deals


def how_many(lens: InsightLens) -> int:
    """How many lines the table has."""
    return _viewed(lens).order_by().count()


def all_rows(lens: InsightLens, *, most: int | None = None) -> Iterator[Contacted]:
    """Every line in the order of the table, in helpings."""
    keys = list(_viewed(lens).order_by(*ORDER).values_list("pk", flat=True)[:most])
    for start in range(0, len(keys), HELPING):
        helping = keys[start : start + HELPING]
        found = {row.pk: row for row in contact_rows(helping, lens.span, lens.today)}
        yield from (found[key] for key in helping if key in found)


@dataclass(frozen=True)
class ContactTable:
    """The table as one lens sees it, or a page of it: where to go on says `next`.

    How many `deals` it has, how many of them were `contacted`, and how many `contacts` there were, is of all of it.
    """

    lens: InsightLens
    rows: Sequence[Contacted]
    names: Names
    effort: Effort
    deals: int
    contacted: int
    contacts: int
    next: str = ""

    def page(self) -> tuple[dict[str, Any], str]:
        """As JSON, and where the next page begins."""
        return self.plain(), self.next

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        lens, spent = self.lens, self.effort
        return {
            "as_of": when(lens.instant),
            "from": when(lens.span.since),
            "to": when(lens.span.until or lens.instant),
            "deals": self.deals,
            "contacted": self.contacted,
            **ratio("contacted_rate", Ratio.of(self.contacted, self.deals)),
            "contacts": self.contacts,
            "cadence_days": f"{thresholds().contact_days:.2f}",
            "visits": spent.visits,
            "won": spent.won,
            **ratio("visits_per_deal", spent.per_deal),
            **ratio("visits_per_won_deal", spent.per_won_deal),
            "no_contact": [line.row.deal.code for line in self.rows if is_quiet(line)],
            "rows": [plain(line, self.names, lens) for line in self.rows],
        }


def contact_table(lens: InsightLens, after: str | None = None) -> ContactTable:
    """The whole table of a lens; with `after` a long page of it (empty: the first)."""
    found = Page(list(all_rows(lens))) if after is None else page(lens, after, AT_ONCE)
    names = names_for(lens, [line.row.deal for line in found.rows])
    if after or found.next:  # not all of it is at hand
        of_all = counted(_viewed(lens), lens.span)
        heads = of_all["deals"], of_all["contacted"], contacts_about(_viewed(lens), lens.span)
    else:
        counts = [line.contacts.count for line in found.rows]
        heads = len(counts), sum(map(bool, counts)), sum(counts)
    return ContactTable(lens, found.rows, names, effort_of(lens), *heads, found.next)


def is_quiet(line: Contacted) -> bool:
    """Whether the deal belongs to the no-contact list."""
    return line.row.line.outcome == "open" and not line.contacts.count


def plain(line: Contacted, names: Names, lens: InsightLens) -> dict[str, Any]:
    """A line of the table as JSON; keys that the promotion table has too mean the same."""
    deal, promoted, last = line.row.deal, line.row.line, line.contacts.last
    now, ended = lens.known is None, promoted.outcome in CLOSING
    until = lens.span.until or lens.instant
    return {
        "code": deal.code,
        "title": deal.title,
        "customer": deal.customer_name,
        "company": names.company(promoted.unit),
        "department": names.unit(promoted.unit),
        "person": line.row.owner.name,
        "period": lens.company.fiscal.name(lens.or_this_quarter()),
        "stage": stage_name(names.stages[promoted.end]) if promoted.end is not None else None,
        "outcome": promoted.outcome,
        "amount": money(promoted.amount),
        "contacts_in_period": line.contacts.count,
        "visits_in_period": line.contacts.visits,
        **(
            {
                "last_contact": when(last.at),
                "last_kind": last.kind,
                "contact": last.contact,
                "result": last.result,
                "days_since_contact": str(rounded(seconds(until - last.at) / DAY, CENT)),
            }
            if last is not None
            else {
                **missing("last_contact", "never_contacted"),
                **{"last_kind": None, "contact": None, "result": None},
                **missing("days_since_contact", "never_contacted"),
            }
        ),
        **({"contact_state": line.state} if not ended else missing("contact_state", "closed")),
        **({"next_step": deal.next_step or None} if now else missing("next_step", "not_kept")),
        **({"next_on": when(deal.next_on)} if now else missing("next_on", "not_kept")),
        "no_contact": is_quiet(line),
        "flags": [flag.code for flag in line.row.flags],
    }
