"""The promotion table (机会升迁状况表, F17): one line a deal that stood on the funnel some time during the period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loudou.insight.figures.flow import stage_flow
from loudou.insight.figures.winrate import DAY, seconds
from loudou.insight.lens import InsightLens
from loudou.insight.queries.flows import flows
from loudou.insight.queries.known import Otherwise, version_of
from loudou.insight.queries.promotion import Row, on_funnel, rows
from loudou.insight.reports._plain import missing, money, stage_name, when
from loudou.insight.reports.funnel import Part, named
from loudou.kernel.numbers import CENT, rounded
from loudou.kernel.periods import Grain, Period
from loudou.people.models import Unit
from loudou.pipeline.models import Deal, Stage, StageSpec
from loudou.pipeline.queries.funnels import every_spec, specs
from loudou.ui.paging import SIZE, Page, keyset
from loudou.ui.prepared import Prepared

# Grouped as the table is read: unit by unit, person by person, the newest deal first.
ORDER = ("unit", "owner", "-id")
HELPING = 1000
AT_ONCE = 10_000  # lines that a program is told at once
LONGEST = 366


@dataclass(frozen=True)
class Group:
    """A line of the summary: a branch, a person, a part of the period, with what happened in it."""

    part: Part
    period: Period | None = None


@dataclass(frozen=True)
class Names:
    """What stages and units are called, read once for a whole table."""

    stages: Mapping[int, StageSpec]
    units: Mapping[int, Unit]

    def company(self, unit: int | None) -> str:
        """The unit at the top of the tree a unit stands in."""
        row = self.units.get(unit or 0)
        top = self.units.get(row.ancestor_ids()[0]) if row is not None else None
        return top.name if top is not None else ""

    def unit(self, unit: int | None) -> str:
        """The unit's own name."""
        row = self.units.get(unit or 0)
        return row.name if row is not None else ""


def groups(lens: InsightLens) -> list[Group]:
    """The summary of the table, by what the lens splits it by: branches unless it says otherwise."""
    otherwise = lens.otherwise
    if lens.by == "period":
        return _by_period(lens, otherwise)
    by = lens.by if lens.by in ("unit", "owner", "product", "source") else ""
    scope = lens.split if by == "unit" else lens.scope
    stages = stage_keys(lens)
    counted = flows(stages, scope, {"": lens.span}, by=by, otherwise=otherwise)[""]
    if not by:
        flow = [stage_flow(stage, counted[None][stage]) for stage in stages if stage in counted[None]]
        return [Group(Part(None, None, flow))]
    return [Group(part) for part in named(lens, by, counted, stages)]


def stage_keys(lens: InsightLens) -> list[int]:
    """The stages the table counts: of the funnel chosen, else of every one."""
    if lens.funnel is not None:
        return lens.stage_keys
    return list(Stage.objects.order_by("pk").values_list("pk", flat=True))


def page(lens: InsightLens, after: str = "", size: int = SIZE) -> Page[Row]:
    """One page of the table's lines."""
    return keyset(
        wanted(lens, first=True),
        order=ORDER,
        load=lambda keys: rows(keys, lens.span, lens.today),
        after=after,
        size=size,
        counted=False,
    )


def wanted(lens: InsightLens, *, first: bool = False) -> Any:
    """The deals of the table, or what its `first` ones are asked by."""
    return on_funnel(lens.scope, lens.span, lens.funnels, lens.otherwise, first=first)


def how_many(lens: InsightLens) -> int:
    """How many lines the table has."""
    return int(wanted(lens).order_by().count())


def all_rows(lens: InsightLens, *, most: int | None = None) -> Iterator[Row]:
    """Every line of the table in its order, in helpings."""
    keys = list(wanted(lens).order_by(*ORDER).values_list("pk", flat=True)[:most])
    for start in range(0, len(keys), HELPING):
        helping = keys[start : start + HELPING]
        found = {row.pk: row for row in rows(helping, lens.span, lens.today)}
        yield from (found[key] for key in helping if key in found)


_UNITS = Prepared(lambda: Unit.objects.all())


def names_for(lens: InsightLens, deals: Sequence[Deal]) -> Names:
    """The names a table of these deals needs."""
    stages: dict[int, StageSpec] = {}
    for funnel in {lens.shown_funnel, *(deal.funnel for deal in deals)}:
        for spec in (*specs(version_of(funnel, lens.known)), *every_spec(funnel)):
            stages.setdefault(spec.stage_id, spec)
    return Names(stages, {unit.pk: unit for unit in _UNITS.rows()})


@dataclass(frozen=True)
class PromotionTable:
    """The table as one lens sees it, or a page of it: where to go on says `next`."""

    lens: InsightLens
    rows: Sequence[Row]
    names: Names
    next: str = ""

    def page(self) -> tuple[dict[str, Any], str]:
        """As JSON, and where the next page begins."""
        return self.plain(), self.next

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "as_of": when(self.lens.instant),
            "from": when(self.lens.span.since),
            "to": when(self.lens.span.until or self.lens.instant),
            "rows": [plain(row, self.names, self.lens) for row in self.rows],
        }


def promotion_table(lens: InsightLens, after: str | None = None) -> PromotionTable:
    """The whole table of a lens; with `after` a long page of it (empty: the first)."""
    found = Page(list(all_rows(lens))) if after is None else page(lens, after, AT_ONCE)
    names = names_for(lens, [row.deal for row in found.rows])
    return PromotionTable(lens, found.rows, names, found.next)


def plain(row: Row, names: Names, lens: InsightLens) -> dict[str, Any]:
    """A line of the table as JSON, named after the columns of `domain.md` F17."""
    deal, line = row.deal, row.line
    now = lens.known is None
    return {
        "code": deal.code,
        "title": deal.title,
        "customer": deal.customer_name,
        "company": names.company(line.unit),
        "department": names.unit(line.unit),
        "person": row.owner.name,
        "period": lens.company.fiscal.name(lens.or_this_quarter()),
        "stage_at_start": _stage(names, line.start),
        "events": [
            {"event": step.event, "mark": step.mark, "stage": _stage(names, step.stage), "at": when(step.at)}
            for step in line.steps
        ],
        "stage_at_end": _stage(names, line.end),
        "outcome": line.outcome,
        "days_in_stage": str(rounded(seconds(line.days) / DAY, CENT)),
        "contacts_in_period": row.contacts.count,
        **(
            {"last_contact": when(row.contacts.last_at)}
            if row.contacts.last is not None
            else missing("last_contact", "never_contacted")
        ),
        **({"next_step": deal.next_step or None} if now else missing("next_step", "not_kept")),
        **({"next_on": when(deal.next_on)} if now else {}),
        "amount": money(line.amount),
        "flags": [flag.code for flag in row.flags],
    }


def _stage(names: Names, key: int | None) -> str | None:
    return stage_name(names.stages[key]) if key is not None else None


def _by_period(lens: InsightLens, otherwise: Sequence[Otherwise]) -> list[Group]:
    """The period in its parts: quarters of a year, months of a quarter, weeks of a month."""
    pieces = {lens.company.fiscal.name(piece): piece for piece in pieces_of(lens)}
    spans = {name: lens.span_of(piece) for name, piece in pieces.items()}
    stages = stage_keys(lens)
    counted = flows(stages, lens.scope, spans, otherwise=otherwise)
    return [
        Group(
            Part(name, None, [stage_flow(stage, kinds) for stage, kinds in counted[name][None].items()]),
            piece,
        )
        for name, piece in pieces.items()
    ]


def pieces_of(lens: InsightLens) -> list[Period]:
    """What a period is told apart into: quarters beyond a quarter, months beyond a month, else weeks; at most a year."""
    period = lens.or_this_quarter()
    if period.length > LONGEST:
        return [period]
    fiscal = lens.company.fiscal
    grain = Grain.QUARTER if period.length > 92 else Grain.MONTH if period.length > 31 else Grain.WEEK
    return fiscal.split(period, grain)
