"""Anomalies (M16): which deals are odd, why, and what to do next; and the wins that were off the funnel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from loudou.insight.figures.anomalies import COSTLY, KINDS, OFF_FUNNEL, TELLABLE, off_funnel_share
from loudou.insight.figures.flow import Amounts
from loudou.insight.lens import InsightLens
from loudou.insight.queries.anomalies import ByOwner, Odd, by_owner, how_many, load, odd_deals, odd_then, wins
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.live import LiveDeals
from loudou.insight.reports._plain import money, ratio, stage_name, when
from loudou.insight.reports.promotion import HELPING, Names, names_for
from loudou.kernel.numbers import ZERO, Ratio
from loudou.pipeline.figures.flags import Flag
from loudou.pipeline.words import FLAGS, advice, told
from loudou.ui.paging import SIZE, Page, keyset

MOST_THEN = 2000  # deals of the past that a page judges one by one; a report judges them all
ORDER = ("-base_amount", "-id")


@dataclass
class Count:
    """How many deals have an anomaly, and what they come to."""

    count: int = 0
    amount: Decimal = ZERO


@dataclass(frozen=True)
class Anomalies:
    """The anomalies as one lens sees them: by kind, by owner, deal by deal."""

    lens: InsightLens
    kinds: Mapping[str, Count]
    owners: Mapping[int, Mapping[str, int]]
    won: Amounts
    off: Amounts
    rows: Page[Odd]
    names: Names
    cut: bool = False  # only the largest deals of the past were judged
    tellable: Sequence[str] = field(default=KINDS)

    @property
    def share(self) -> Ratio:
        """What was won off the funnel ÷ what was won in the period (D10)."""
        return off_funnel_share(self.off.amount, self.won.amount)

    def page(self) -> tuple[dict[str, Any], str]:
        """As JSON, and where the next page begins."""
        return self.plain(), self.rows.next

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "as_of": when(self.lens.instant),
            "kinds": [
                {
                    "kind": kind,
                    "name": str(FLAGS[kind]),
                    "count": count.count,
                    "amount": money(count.amount),
                }
                for kind, count in self.kinds.items()
            ],
            "won": self.won.count,
            "won_amount": money(self.won.amount),
            "off_funnel": self.off.count,
            "off_funnel_amount": money(self.off.amount),
            **ratio("off_funnel_share", self.share),
            "rows": [line for odd in self.rows.rows for line in _plain(odd, self.names)],
        }


def anomalies(
    lens: InsightLens, *, after: str = "", whole: bool = False, size: int | None = None
) -> Anomalies:
    """The anomalies of a lens: one page of deals, with what is costly to count left to `counted`, or, `whole`, all.

    With a `size` the whole report has that many deals at most, and what comes `after`; of a past all of them.
    """
    wanted = lens.wanted
    stages = lens.stage_keys if lens.funnel is not None else None
    won, off = wins(wanted, lens.span, stages, known_otherwise(lens.known, lens.scope, lens.funnels))
    if lens.known is not None:
        return _then(lens, wanted, won, off, whole)
    quick = KINDS if whole else [kind for kind in KINDS if kind not in COSTLY]
    people = by_owner(wanted, quick)
    kinds = {kind: _together(people, kind) for kind in quick}
    owners = {one.owner: one.counts for one in people if any(one.counts.values())}
    asked = [lens.kind] if lens.kind in KINDS else KINDS
    deals = odd_deals(wanted, asked)
    if whole and size is None:
        rows = Page(load(list(deals.order_by(*ORDER).values_list("pk", flat=True)), wanted))
        rows.rows.sort(key=lambda odd: (-odd.amount, -odd.pk))
    else:
        rows = keyset(
            deals,
            order=ORDER,
            load=lambda keys: load(keys, wanted),
            after=after,
            size=size or SIZE,
            counted=False,
        )
    return Anomalies(lens, kinds, owners, won, off, rows, names_for(lens, [odd.deal for odd in rows.rows]))


def every_odd(lens: InsightLens) -> Iterator[Odd]:
    """Every deal with an anomaly, the largest first, read in helpings; of a past all are judged before the first."""
    if lens.known is not None:
        yield from anomalies(lens, whole=True).rows.rows
        return
    asked = [lens.kind] if lens.kind in KINDS else KINDS
    keys = list(odd_deals(lens.wanted, asked).order_by(*ORDER).values_list("pk", flat=True))
    for start in range(0, len(keys), HELPING):
        helping = load(keys[start : start + HELPING], lens.wanted)
        yield from sorted(helping, key=lambda odd: (-odd.amount, -odd.pk))


def counted(lens: InsightLens, kind: str) -> Count:
    """How many live deals have one anomaly now."""
    return Count(*how_many(lens.wanted, kind))


def _together(people: Sequence[ByOwner], kind: str) -> Count:
    return Count(sum(one.counts[kind] for one in people), sum((one.amounts[kind] for one in people), ZERO))


def _then(lens: InsightLens, wanted: LiveDeals, won: Amounts, off: Amounts, whole: bool) -> Anomalies:
    found = list(odd_then(wanted, most=None if whole else MOST_THEN))
    kinds, owners = _counted(found)
    shown = [odd for odd in found if lens.kind not in KINDS or any(f.code == lens.kind for f in odd.flags)]
    shown.sort(key=lambda odd: (-odd.amount, -odd.pk))
    rows = Page(shown if whole else shown[: SIZE * 4], count=len(shown))
    names = names_for(lens, [odd.deal for odd in rows.rows])
    return Anomalies(lens, kinds, owners, won, off, rows, names, not whole, TELLABLE)


def _counted(found: Iterable[Odd]) -> tuple[dict[str, Count], dict[int, dict[str, int]]]:
    kinds = {kind: Count() for kind in TELLABLE}
    owners: dict[int, dict[str, int]] = {}
    for odd in found:
        for code in {flag.code for flag in odd.flags}:
            kinds[code].count += 1
            kinds[code].amount += odd.amount
            mine = owners.setdefault(odd.owner.pk, dict.fromkeys(KINDS, 0))
            mine[code] += 1
    return kinds, owners


def reason(flag: Flag) -> str:
    """Why a deal is odd, in words."""
    return told(flag)


def _plain(odd: Odd, names: Names) -> list[dict[str, Any]]:
    return [
        {
            "kind": flag.code,
            "code": odd.deal.code,
            "title": odd.deal.title,
            "customer": odd.deal.customer_name,
            "owner": odd.owner.username,
            "person": odd.owner.name,
            "stage": stage_name(names.stages[odd.stage]),
            "amount": money(odd.amount),
            "n": flag.n,
            "reason": reason(flag),
            "next": advice(flag),
        }
        for flag in odd.flags
    ]


__all__ = ["MOST_THEN", "OFF_FUNNEL", "Anomalies", "anomalies", "counted", "reason"]
