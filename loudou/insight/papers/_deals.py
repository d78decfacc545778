"""Papers with a line a deal, below whose it is: how it moved (F17), who was spoken to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar

from django.utils.translation import gettext as _

from loudou.insight import words
from loudou.insight.figures.winrate import DAY, seconds
from loudou.insight.lens import InsightLens
from loudou.insight.papers._parts import Parts
from loudou.insight.queries.contacts import Contacted
from loudou.insight.queries.promotion import Row
from loudou.insight.reports import contacts
from loudou.insight.reports.promotion import HELPING, Names, all_rows, how_many, names_for
from loudou.pipeline.words import told
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Table, Value

T = TypeVar("T")


def promoted(lens: InsightLens, most: int) -> Parts:
    """The promotion table (F17): a line a deal, below whose it is."""
    columns = [
        Column(_("Deal"), wide=3),
        Column(_("Customer"), wide=2),
        Column(_("Stage at the start")),
        Column(_("Changes in the period"), wide=3),
        Column(_("Stage at the end")),
        Column(_("Days in the stage"), "days"),
        Column(_("Contacts in the period"), "number"),
        Column(_("Last contact"), "day"),
        Column(_("Next step"), wide=2),
        Column(_("To watch"), wide=2),
    ]
    groups = _below_whose(all_rows(lens, most=most), lens, lambda row: row, _promotion)
    return [Table(columns, groups, by=_("Owner"))], _told_of(groups, most, how_many, lens), [], ()


def _below_whose(
    lines: Iterable[T],
    lens: InsightLens,
    row_of: Callable[[T], Row],
    cells: Callable[[T, Names, InsightLens], Sequence[Value]],
) -> list[Group]:
    """Lines below whose they are, made as they are read: no more deals are at hand at once than are read at once."""
    groups: dict[str, list[Sequence[Value]]] = {}
    rest = iter(lines)
    while some := list(islice(rest, HELPING)):
        names = names_for(lens, [row_of(line).deal for line in some])
        for line in some:
            row = row_of(line)
            whose = f"{names.unit(row.line.unit)} · {row.owner.name}"
            groups.setdefault(whose, []).append(cells(line, names, lens))
    return [Group(told, whose) for whose, told in groups.items()]


def _told_of(
    groups: Sequence[Group], most: int, how_many: Callable[[InsightLens], int], lens: InsightLens
) -> int:
    """How many lines there are in all; asked only where there may be more than the paper has."""
    here = sum(len(group.rows) for group in groups)
    return here if here < most else how_many(lens)


def _promotion(row: Row, names: Names, lens: InsightLens) -> Sequence[Value]:
    now = lens.known is None
    contact = row.contacts.last_at
    next_step = f"{f.day(row.deal.next_on)} {row.deal.next_step}" if now and row.deal.next_on else ""
    return (
        row.deal.title,
        row.deal.customer_name,
        words.stage_or_outcome(names, row.line.start, ""),
        " ".join(f"{step.mark}{names.stages[step.stage]}" for step in row.line.steps),
        words.stage_or_outcome(names, row.line.end, row.line.outcome),
        seconds(row.line.days) / DAY,
        row.contacts.count,
        contact.astimezone(lens.company.zone).date() if contact else None,
        next_step,
        _("; ").join(told(flag) for flag in row.flags),
    )


def contacted(lens: InsightLens, most: int) -> Parts:
    """The contact table: a line a deal, with who was last spoken to and what came of it."""
    columns = [
        Column(_("Deal"), wide=3),
        Column(_("Customer"), wide=2),
        Column(_("Stage")),
        Column(_("Contacts in the period"), "number"),
        Column(_("Visits among them"), "number"),
        Column(_("Last contact"), "day"),
        Column(_("With whom")),
        Column(_("Result"), wide=3),
        Column(_("Contact state")),
        Column(_("Next step"), wide=2),
    ]
    groups = _below_whose(contacts.all_rows(lens, most=most), lens, lambda line: line.row, _contact)
    return [Table(columns, groups, by=_("Owner"))], _told_of(groups, most, contacts.how_many, lens), [], ()


def _contact(line: Contacted, names: Names, lens: InsightLens) -> Sequence[Value]:
    deal, promoted, last = line.row.deal, line.row.line, line.contacts.last
    now = lens.known is None and deal.next_on is not None
    return (
        deal.title,
        deal.customer_name,
        words.stage_or_outcome(names, promoted.end, promoted.outcome),
        line.contacts.count,
        line.contacts.visits,
        last.at.astimezone(lens.company.zone).date() if last else None,
        last.contact if last else "",
        last.result if last else "",
        str(words.CONTACT_STATES[line.state]) if promoted.end is not None else "",
        f"{f.day(deal.next_on)} {deal.next_step}" if now else "",
    )
