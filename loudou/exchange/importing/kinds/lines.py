"""Products on deals. Lines whose system of record is the ERP do not count in the funnel (R096)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.catalog.models import Product
from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, all_of
from loudou.exchange.importing.frozen import frozen_deals, why_frozen
from loudou.exchange.importing.references import by_code, refuse_unknown
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.kernel.money import LARGEST
from loudou.people.access import may
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Line
from loudou.pipeline.verbs.importing import LineRow, import_lines

_TOLD_BY = {"lines": gettext_lazy("its lines"), "moves": gettext_lazy("its first amount and its history")}


def take(rows: Sequence[Row], run: Run) -> None:
    """Correct the first amounts of imported deals; on others set the lines as the page would."""
    deals = by_code(Deal, (row.values["deal_code"] for row in rows))
    products = by_code(Product, (row.values["product_code"] for row in rows))
    good = [row for row in rows if _resolve(row, deals, products, run)]
    history = may(run.by, "exchange.import_history")
    brought = [row for row in good if history and row.values["deal"].brought is not None]
    _import(_unfrozen(brought, run), run)
    by_hand: dict[int, list[Row]] = {}
    for row in good:
        if row not in brought:
            by_hand.setdefault(row.values["deal"].pk, []).append(row)
    for together in by_hand.values():
        all_of(together, lambda rows: _set(rows, run))


def _resolve(row: Row, deals: dict[str, Deal], products: dict[str, Product], run: Run) -> bool:
    values = row.values
    deal, product = deals.get(values["deal_code"]), products.get(values["product_code"])
    if deal is None or (not may(run.by, "pipeline.see", deal) and not may(run.by, "exchange.import_history")):
        refuse_unknown(row, "deal_code")
    if product is None:
        refuse_unknown(row, "product_code")
    if row.outcome or product is None:
        return False
    values["deal"], values["product"] = deal, product
    values.setdefault("quantity", Decimal(1))
    values.setdefault("price", product.list_price)
    values.setdefault("system_of_record", Line.Record.FUNNEL)
    if values["price"] is None:
        row.refuse(_("This is missing."), "price")
    elif values["price"] * values["quantity"] > LARGEST:
        row.refuse(_("The amount is too large."), "price")
    return not row.outcome


def _unfrozen(rows: Sequence[Row], run: Run) -> list[Row]:
    """The rows of deals that no closed books have; of the others what is new or changed is refused (C20)."""
    frozen = frozen_deals({row.values["deal"].pk for row in rows})
    stays = [row for row in rows if row.values["deal"].pk in frozen]
    outcomes = import_lines([_line_of(row) for row in stays], by=run.by, dry_run=True) if stays else []
    for row, outcome in zip(stays, outcomes, strict=True):
        if outcome == "unchanged":
            row.outcome = outcome
        else:
            row.refuse(why_frozen(frozen[row.values["deal"].pk]), "deal_code")
    return [row for row in rows if row.values["deal"].pk not in frozen]


def _line_of(row: Row) -> LineRow:
    values = row.values
    return LineRow(
        values["deal"].pk,
        values["product"].pk,
        values["quantity"],
        values["price"],
        values["system_of_record"],
        values.get("amount_by") == "moves",
    )


def _import(rows: Sequence[Row], run: Run) -> None:
    wanted = [_line_of(row) for row in rows]
    if not wanted:
        return
    before = _lines_of(wanted)
    born = {row.values["deal"].pk: row.values["deal"].brought.get("born") for row in rows}
    for row, outcome in zip(rows, import_lines(wanted, by=run.by, dry_run=run.dry), strict=True):
        row.outcome = outcome
    if not run.dry:
        changed = {row.values["deal"].pk for row in rows if row.outcome != "unchanged"}
        run.trace.changed += [
            {"label": "pipeline.deal", "id": key, "before": {"lines": before.get(key, []), "born": born[key]}}
            for key in sorted(changed)
        ]


def _set(rows: Sequence[Row], run: Run) -> str:
    """Put a deal's rows beside the lines it has, as somebody on its page would."""
    deal = rows[0].values["deal"]
    kept = list(deal.lines.select_related("product"))
    lines = [verbs.LineInput(line.product, line.quantity, line.price, line.system_of_record) for line in kept]
    places: dict[tuple[int, str], list[int]] = {}
    for place, line in enumerate(lines):
        places.setdefault((line.product.pk, line.system_of_record), []).append(place)
    for row in rows:
        values = row.values
        line = verbs.LineInput(
            values["product"], values["quantity"], values["price"], values["system_of_record"]
        )
        alike = places.get((line.product.pk, line.system_of_record))
        if alike:
            lines[alike.pop(0)] = line
        else:
            lines.append(line)
    before = [_plain(line) for line in kept]
    if before == [_plain(line) for line in lines]:
        return "unchanged"
    edited = verbs.set_lines(deal, lines=lines, by=run.by, reason=_("by import"))
    if edited.requests:
        rows[0].warn(_("The change of the amount waits for a manager's signature."), "price")
    run.trace.note_changed(deal, {"lines": before})
    return "changed"


def _lines_of(wanted: Sequence[LineRow]) -> dict[int, list[list[Any]]]:
    found: dict[int, list[list[Any]]] = {}
    for line in Line.objects.filter(deal__in={row.deal for row in wanted}).order_by("position", "id"):
        found.setdefault(line.deal_id, []).append(_plain(line))
    return found


def _plain(line: Line | verbs.LineInput) -> list[Any]:
    product = line.product_id if isinstance(line, Line) else line.product.pk
    return [product, str(line.quantity.normalize()), str(line.price.normalize()), str(line.system_of_record)]


register(
    Kind(
        name="lines",
        title=gettext_lazy("Products on deals"),
        rights=("pipeline.edit", "exchange.import_history"),
        order=70,
        together="deal_code",
        take=take,
        key=lambda values: None,
        columns=(
            columns.deal_code(required=True),
            columns.product_code(),
            Column("quantity", gettext_lazy("quantity"), cells.quantity, aliases=("数量", "數量", "qty")),
            Column(
                "price",
                gettext_lazy("price"),
                cells.amount,
                aliases=("单价", "價格", "价格", "單價", "成交单价", "Product - Price"),
            ),
            Column(
                "system_of_record",
                gettext_lazy("kept in"),
                cells.word(
                    lambda: dict(Line.Record.choices),
                    funnel=("漏斗", "CRM"),
                    erp=("ERP系统", "ERP系統", "ERP录入"),
                ),
                aliases=("记录系统", "紀錄系統", "所属系统", "录入系统"),
            ),
            Column(
                "amount_by",
                gettext_lazy("the amount is told by"),
                cells.word(lambda: _TOLD_BY, lines=("产品明细", "產品明細"), moves=("历史", "歷史")),
                aliases=("金额依据", "金額依據"),
            ),
        ),
    )
)
