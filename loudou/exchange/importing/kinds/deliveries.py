"""In which parts deals are delivered: the rows of a deal are its whole plan (M20)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, all_of
from loudou.exchange.importing.references import by_code, refuse_unknown
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.people.access import may
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.deliveries import planned


def take(rows: Sequence[Row], run: Run) -> None:
    """Give each deal the plan its rows tell, in place of the one it has."""
    deals = by_code(Deal, (row.values["deal_code"] for row in rows))
    plans: dict[int, list[Row]] = {}
    for row in rows:
        deal = deals.get(row.values["deal_code"])
        if deal is None or not may(run.by, "pipeline.see", deal):
            refuse_unknown(row, "deal_code")
        elif not row.outcome:
            row.values["deal"] = deal
            plans.setdefault(deal.pk, []).append(row)
    # What the verb blames no field for is the deal's own state.
    blamed = {"": "deal_code", "deliveries": "amount"}
    for together in plans.values():
        all_of(together, lambda some: _set(some, run), **blamed)


def _set(rows: Sequence[Row], run: Run) -> str:
    deal: Deal = rows[0].values["deal"]
    parts = [Part(row.values["due_on"], row.values["amount"]) for row in rows]
    before = [[part.due_on.isoformat(), str(part.amount)] for part in planned(deal)]
    history = may(run.by, "exchange.import_history")
    version = deal.version
    made = verbs.set_deliveries(deal, parts=parts, by=run.by, reason=_("by import"), history=history)
    if made.version == version:
        return "unchanged"
    run.trace.note_changed(deal, {"deliveries": before})
    return "changed"


register(
    Kind(
        name="deliveries",
        title=gettext_lazy("Delivery plans of deals"),
        rights=("pipeline.edit",),
        order=75,
        together="deal_code",
        take=take,
        key=lambda values: None,
        columns=(
            columns.deal_code(required=True),
            Column(
                "due_on",
                gettext_lazy("delivered on"),
                cells.day,
                True,
                ("交付日期", "交货日期", "交貨日期", "计划交付日期", "計畫交付日期", "delivery date"),
            ),
            Column(
                "amount",
                gettext_lazy("amount"),
                cells.amount,
                True,
                ("金额", "金額", "交付金额", "交付金額", "本批金额", "本批金額"),
            ),
        ),
    )
)
