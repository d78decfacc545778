"""Where units stood in the tree and when: the rows of a unit are its whole past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, all_of
from loudou.exchange.importing.references import refuse_unknown, units
from loudou.exchange.importing.rows import refuse_with_others
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.kernel.refusals import Refused
from loudou.people import verbs
from loudou.people.figures import Stay
from loudou.people.models import Placing, Unit
from loudou.people.queries import placings


def take(rows: Sequence[Row], run: Run) -> None:
    """Give each unit the past its rows tell, in place of the one it has; all at once, for two may change places."""
    known = units(run)
    for row in rows:
        if row.values["unit_code"] not in known:
            refuse_unknown(row, "unit_code")
        if (code := row.values.get("parent_code")) and code not in known:
            row.refuse(_("There is no unit “{code}”.").format(code=code), "parent_code")
    refuse_with_others(rows, "unit_code")
    pasts: dict[str, list[Row]] = {}
    for row in rows:
        if not row.outcome:
            pasts.setdefault(row.values["unit_code"], []).append(row)
    told = [(known[code], [_stay(row, known) for row in together]) for code, together in pasts.items()]
    before = [[_plain(placing) for placing in placings(unit)] for unit, _stays in told]
    outcomes = verbs.tell_places(told, by=run.by)
    for (unit, _stays), former, outcome, together in zip(told, before, outcomes, pasts.values(), strict=True):
        all_of(together, partial(_settled, outcome), parent="parent_code")
        if outcome is True:
            run.trace.note_changed(unit, {"places": former})


def _stay(row: Row, known: Mapping[str, Unit]) -> Stay:
    above = row.values.get("parent_code")
    return Stay(row.values["from"], row.values.get("until"), known[above].pk if above else None)


def _plain(placing: Placing) -> list[Any]:
    return [placing.parent_id, str(placing.since), placing.until and str(placing.until)]


def _settled(outcome: bool | Refused, rows: Sequence[Row]) -> str:
    if isinstance(outcome, Refused):
        raise outcome
    return "changed" if outcome else "unchanged"


_ABOVE = ("上级编码", "上级部门编码", "上級編碼", "上級部門編碼", "上级部门", "上級部門")

register(
    Kind(
        name="unit-places",
        title=gettext_lazy("Where units stood, and when"),
        rights=("people.set_up",),
        order=12,
        at_once=True,
        whole="unit_code",
        take=take,
        key=lambda values: (values["unit_code"], values["from"]),
        columns=(
            columns.unit_code(required=True),
            Column("parent_code", gettext_lazy("code of the unit above"), cells.code(40), aliases=_ABOVE),
            columns.since(),
            columns.until(),
        ),
    )
)
