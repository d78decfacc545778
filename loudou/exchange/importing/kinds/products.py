"""Products, by their codes."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.catalog import verbs
from loudou.catalog.models import Product
from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import as_there
from loudou.exchange.importing.engine import Run, accepted, each
from loudou.exchange.importing.references import by_code, once
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.people.queries import plan_currencies

_FIELDS = ("name", "family", "measure", "list_price", "currency", "cost", "tax_rate")


def take(rows: Sequence[Row], run: Run) -> None:
    """Add products whose code is new; bring up to date those that are there."""
    known = by_code(Product, (row.values["code"] for row in rows if "code" in row.values))
    _warn_of_currencies(rows, run)
    fresh = [row for row in rows if row.values.get("code") not in known]
    wanted = [
        {name: row.values[name] for name in ("code", *_FIELDS, "extra") if name in row.values}
        for row in fresh
    ]
    for row, product in accepted(fresh, verbs.add_products(wanted, by=run.by, dry_run=run.dry)):
        row.outcome = "new"
        run.trace.note_made("catalog.product", [product.pk])
    each([row for row in rows if row not in fresh], lambda row: _change(known[row.values["code"]], row, run))


def _warn_of_currencies(rows: Sequence[Row], run: Run) -> None:
    """The page offers currencies that have a rate; a file of a move may bring its rates after its products."""
    rated = once(run, "plan currencies", plan_currencies)
    for row in rows:
        currency = row.values.get("currency")
        if currency and currency not in rated:
            sentence = _(
                "There is no plan rate for {currency} yet; no deal can be in it before there is one."
            )
            row.warn(sentence.format(currency=currency), "currency")


def _change(product: Product, row: Row, run: Run) -> str:
    wanted = as_there(product, {name: row.values[name] for name in _FIELDS if name in row.values})
    before = {
        name: plain(getattr(product, name)) for name in wanted if getattr(product, name) != wanted[name]
    }
    if not before:
        return "unchanged"
    verbs.edit_product(product, by=run.by, **{name: wanted[name] for name in before})
    run.trace.note_changed(product, before)
    return "changed"


register(
    Kind(
        name="products",
        title=gettext_lazy("Products"),
        rights=("catalog.manage",),
        order=30,
        keeps=True,
        take=take,
        key=lambda values: values.get("code"),
        columns=(
            Column(
                "code",
                gettext_lazy("code"),
                cells.code(60),
                required=True,
                aliases=(*columns.PRODUCT_CODES, "产品 ID", "编号", "編號", "代码", "代碼"),
            ),
            Column(
                "name",
                gettext_lazy("name"),
                cells.text(200),
                required=True,
                aliases=("产品名称", "产品", "品名", "產品名稱", "Product - Name", "名称", "名稱"),
            ),
            Column(
                "family",
                gettext_lazy("family"),
                cells.text(80),
                aliases=(
                    "产品系列",
                    "系列",
                    "类别",
                    "产品类别",
                    "產品系列",
                    "類別",
                    "series",
                    "category",
                    "Product - Category",
                ),
            ),
            Column(
                "measure",
                gettext_lazy("unit of measure"),
                cells.text(20),
                aliases=("单位", "計量單位", "计量单位", "Product - Unit"),
            ),
            Column(
                "list_price",
                gettext_lazy("list price"),
                cells.amount,
                aliases=("标价", "目录价", "单价", "價格", "价格", "定价", "定價", "Product - Price"),
            ),
            columns.currency("Product - Currency"),
            Column("cost", gettext_lazy("cost"), cells.amount, aliases=("成本", "成本价", "單位成本")),
            Column(
                "tax_rate",
                gettext_lazy("VAT rate"),
                cells.share,
                aliases=("税率", "增值税率", "稅率", "營業稅率", "Product - Tax"),
            ),
        ),
    )
)
