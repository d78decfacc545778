"""What was invoiced, received and earned, as other systems tell it: what targets of these metrics are held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, accepted, each
from loudou.exchange.importing.kinds._counted import counted
from loudou.exchange.importing.references import company, once, person, refuse_unknown, units
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.kernel.periods import midnight
from loudou.kernel.refusals import Refused
from loudou.people.tables import Tables
from loudou.targets import verbs
from loudou.targets.models import TOLD, Actual, Metric
from loudou.targets.models.actual import Known
from loudou.targets.queries.actuals import on_record

_BLAMED = {"unit": "unit_code", "person": "username"}


def take(rows: Sequence[Row], run: Run) -> None:
    """Record results that are new, correct the amount of those that came before."""
    good = [row for row in rows if _resolve(row, run)]
    ids = [row.values["source_id"] for row in good if row.values.get("source_id")]
    there = on_record({row.values["date"] for row in good}, ids)
    fresh = [row for row in good if row.values["key"] not in there]
    outcomes = verbs.record_actuals([_told(row) for row in fresh], by=run.by)
    for row, actual in accepted(fresh, outcomes, **_BLAMED):
        row.outcome = "new"
        run.trace.note_made("targets.actual", [actual.pk])
    known = [row for row in good if row.values["key"] in there]
    each(known, lambda row: _correct(there[row.values["key"]], row, run), **_BLAMED)


def _resolve(row: Row, run: Run) -> bool:
    """Put unit and person in place of their names, and what the row is known by."""
    values = row.values
    values["unit"], values["person"] = None, None
    if code := values.get("unit_code"):
        values["unit"] = units(run).get(code)
        if values["unit"] is None:
            refuse_unknown(row, "unit_code")
    if name := values.get("username"):
        values["person"] = person(run, name)
        if values["person"] is None:
            row.refuse(_("There is nobody called “{name}”.").format(name=name), "username")
    if row.outcome == "refused":
        return False
    values["key"] = _key_of(values, _unit_of(values, run))
    return True


def _unit_of(values: dict[str, Any], run: Run) -> int | None:
    """The unit a result belongs to: the one that is said, else that of the person on that day."""
    if values["unit"] is not None or values["person"] is None:
        return values["unit"].pk if values["unit"] is not None else None
    at = midnight(values["date"], company(run).zone)
    return once(run, "tables", Tables.read).unit_of(values["person"], at)


def _key_of(values: dict[str, Any], unit: int | None) -> Known:
    if values.get("source_id"):
        return values["metric"], values.get("source_system", ""), values["source_id"]
    user = values["person"]
    return values["metric"], values["date"], unit, user.pk if user is not None else None


def _told(row: Row) -> verbs.ActualRow:
    values = row.values
    return verbs.ActualRow(
        metric=values["metric"],
        day=values["date"],
        amount=values["amount"],
        **{
            name: values[name]
            for name in ("unit", "person", "currency", "source_system", "source_id", "counts_on", "posted")
            if values.get(name)
        },
    )


def _correct(actual: Actual, row: Row, run: Run) -> str:
    values = row.values
    if actual.day != values["date"] or (values["person"] and actual.person_id != values["person"].pk):
        raise Refused(_("It was told of another day or person; withdraw it there first."), field="source_id")
    before = {"amount": plain(actual.as_told), "currency": actual.currency}
    currency = values.get("currency", "")
    corrected = verbs.correct_actual(actual, amount=values["amount"], currency=currency, by=run.by)
    if corrected.version == actual.version:
        return "unchanged"
    run.trace.note_changed(actual, before)
    return "changed"


register(
    Kind(
        name="actuals",
        title=gettext_lazy("Results of other systems"),
        rights=("targets.record",),
        order=92,
        take=take,
        key=lambda values: (
            (values.get("metric"), values.get("source_system"), values["source_id"])
            if values.get("source_id")
            else tuple(values.get(name) for name in ("metric", "date", "unit_code", "username"))
        ),
        columns=(
            columns.unit_code(),
            columns.username(),
            Column(
                "metric",
                gettext_lazy("metric"),
                cells.word(
                    lambda: {name: label for name, label in Metric.choices if name in TOLD},
                    invoiced=("开票", "開票", "收入"),
                    cash=("回款", "收款"),
                    gross_margin=("毛利",),
                ),
                required=True,
                aliases=("指标", "指標", "口径", "口徑"),
            ),
            Column(
                "date",
                gettext_lazy("day"),
                cells.day,
                required=True,
                aliases=("日期", "开票日期", "回款日期", "開票日期"),
            ),
            Column("amount", gettext_lazy("amount"), cells.signed, required=True, aliases=("金额", "金額")),
            columns.currency(),
            *columns.origin("发票号", "發票號碼"),
            *counted(),
        ),
    )
)
