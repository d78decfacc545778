"""Packs and minutes on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.reviews import words
from loudou.reviews.assembling import Part
from loudou.reviews.models import Action, Meeting, Pack
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Paper, Table, made_at

_TO_WRITE = ("\u2007",) * 3  # lines of a paper that waits for a pen


def pack_paper(pack: Pack, by: User) -> Paper:
    """A pack as it was handed in, or as it stands."""
    company = organisation()
    said = (
        (_("Causes"), pack.causes),
        (_("Lessons"), pack.lessons),
        (_("Help needed"), pack.help_needed),
        (_("Plan for the next period"), pack.plan),
        (_("Opinion of the superior"), pack.opinion),
    )
    facts = [
        (_("Written by"), pack.owner.name),
        (_("Period"), f.period(pack.period, company.fiscal)),
        (_("State"), pack.get_state_display()),
        (_("Figures of"), f.instant(pack.assembled_at)),
    ]
    if pack.handed_in_at is not None:
        facts.append((_("Handed in"), f"{f.instant(pack.handed_in_at)} · {pack.content_hash[:12]}"))
    return Paper(
        title=pack.title,
        author=by.name,
        made=made_at(clock.now(), company.zone),
        tables=[*_tables(pack.content, company.base_currency), _texts(said)],
        facts=facts,
        signatures=[_("Written by"), _("Superior")],
        currency=company.base_currency,
        landscape=False,
        name=f"report-{pack.pk}",
    )


def minutes_paper(meeting: Meeting, actions: Sequence[Action], earlier: Sequence[Action], by: User) -> Paper:
    """What earlier meetings gave to do, agenda, minutes, decisions and actions of a meeting."""
    company = organisation()
    brought = [_todo(_("What earlier meetings gave people to do"), earlier)] if earlier else []
    decisions = Table(
        [Column(_("Decision"), wide=1)],
        [Group([(line,) for line in meeting.decisions or _TO_WRITE])],
        heading=_("Decisions"),
    )
    minutes = _texts([(_("Minutes of the meeting"), meeting.minutes or "\n".join(_TO_WRITE))])
    return Paper(
        title=_("Meeting %(name)s") % {"name": meeting},
        author=by.name,
        made=made_at(clock.now(), company.zone),
        tables=[
            *brought,
            *_tables(meeting.agenda, company.base_currency),
            minutes,
            decisions,
            _todo(_("Actions"), actions),
        ],
        facts=[
            (_("When"), f.instant(meeting.starts_at)),
            (_("Place"), meeting.place or f.DASH),
            (_("Chaired by"), meeting.chair.name),
        ],
        signatures=[_("Chaired by")],
        currency=company.base_currency,
        landscape=False,
        name=f"meeting-{meeting.pk}",
    )


def _todo(heading: str, actions: Sequence[Action]) -> Table:
    """Actions as a table; lines to write on where there are none yet."""
    rows = [
        (one.task.title, one.task.owner.name, one.task.due_on, one.task.get_state_display())
        for one in actions
    ]
    columns = [
        Column(_("Action"), wide=3),
        Column(_("Responsible")),
        Column(_("due on"), "day"),
        Column(_("State")),
    ]
    return Table(columns, [Group(rows or [(line, "", None, "") for line in _TO_WRITE])], heading=heading)


def _tables(parts: Sequence[Part], currency: str) -> list[Table]:
    tables = []
    for part in parts:
        heading = str(words.PARTS[part["name"]])
        if part["figures"]:
            rows = [
                (str(words.label(key)), words.told(value, kind, currency))
                for key, kind, value in part["figures"]
            ]
            tables.append(
                Table(
                    [Column(_("Figure"), wide=3), Column(_("Value"), wide=1, right=True)],
                    [Group(rows)],
                    heading=heading,
                )
            )
        shown = [place for place, (_key, kind) in enumerate(part["columns"]) if kind != "link"]
        if part["rows"]:
            columns = [
                Column(str(words.label(key)), wide=1 if number else 2, right=kind in words.RIGHT)
                for number, (key, kind) in enumerate(part["columns"][place] for place in shown)
            ]
            lines = [_line(part["columns"], row, shown, currency) for row in part["rows"]]
            tables.append(Table(columns, [Group(lines)], heading=heading))
    return tables


def _texts(said: Sequence[tuple[str, str]]) -> Table:
    rows = [
        (name if number == 0 else "", line)
        for name, text in said
        for number, line in enumerate(line for line in text.splitlines() if line.strip() or line in _TO_WRITE)
    ]
    return Table([Column(_("Part"), wide=1), Column(_("Text"), wide=4)], [Group(rows)])


def _line(
    columns: Sequence[Sequence[str]], row: Sequence[Any], shown: Sequence[int], currency: str
) -> list[str]:
    kinds = [words.kind_in(columns, row, kind) for _key, kind in columns]
    return [words.told(row[place], kinds[place], currency) for place in shown]
