"""Closed books, and what was frozen in them (C20): the last files of a move, for nothing else is dated there afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.catalog.models import Product
from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import narrow
from loudou.exchange.importing.engine import Run, all_of, each
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.references import by_code, person_in, refuse_unknown, units
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.steering import verbs as steering
from loudou.targets import verbs
from loudou.targets.models import Closing

JOINED, LEFT, FAMILY = "joined", "left", "family"  # what is frozen beside what was achieved
_LARGEST = Decimal(10) ** 20
_PLACES = Decimal("1e-12")
_EXACTLY = Context(prec=32)  # as many digits as the column keeps; the usual 28 are fewer


def take_closings(rows: Sequence[Row], run: Run) -> None:
    """Close the books that are not closed yet, the earliest first."""
    for row in rows:
        for name in ("closed_by", "reopened_by"):
            row.values[f"{name}_user"] = person_in(row, run, name)

    def act(row: Row) -> str:
        values = row.values
        if values["through"] < values["from"]:
            raise Refused(_("They end before they begin."), field="through")
        told = verbs.ClosingRow(
            period=Period(values["from"], values["through"] + timedelta(days=1)),
            closed_at=values["closed_at"],
            closed_by=values["closed_by_user"],
            note=values.get("note", ""),
            reopened_at=values.get("reopened_at"),
            reopened_by=values["reopened_by_user"],
            reason=values.get("reason", ""),
        )
        made = steering.take_closing(told, by=run.by)
        if made is None:
            return "unchanged"
        run.trace.note_made("targets.closing", [made.pk])
        return "new"

    good = [row for row in rows if not row.outcome]
    each(sorted(good, key=lambda row: (row.values["from"], row.values["closed_at"])), act)


def take_facts(rows: Sequence[Row], run: Run) -> None:
    """Give each closing what was frozen in it; the rows of a closing are all of it."""
    products = by_code(Product, (row.values["product_code"] for row in rows if "product_code" in row.values))
    closings = {closing.closed_at: closing for closing in Closing.objects.all()}
    of_closing: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        closing = closings.get(row.values["closed_at"])
        if closing is None:
            row.refuse(_("No books were closed at that time; bring the closings first."), "closed_at")
        _resolve(row, products, run)
        if closing is not None:
            row.values["closing"] = closing
            of_closing[closing.pk].append(row)
    for together in of_closing.values():
        if wrong := next((row for row in together if row.outcome), None):
            for row in together:
                if not row.outcome:
                    sentence = _("Line {line}, which tells of the same, is refused.")
                    row.refuse(sentence.format(line=wrong.line))
            continue
        all_of(together, lambda some: _freeze(some, run))


def _resolve(row: Row, products: dict[str, Product], run: Run) -> None:
    """Put person, unit and product in place of their names; refused is a row that says half of what it is about."""
    values, what = row.values, row.values["what"]
    values["person"], values["unit"] = person_in(row, run, "username"), None
    if code := values.get("unit_code"):
        values["unit"] = units(run).get(code)
        if values["unit"] is None:
            refuse_unknown(row, "unit_code")
    if code := values.get("product_code"):
        values["product"] = products.get(code)
        if values["product"] is None:
            refuse_unknown(row, "product_code")
    needed = {JOINED: ("username", "day"), LEFT: ("username", "day"), FAMILY: ("product_code", "family")}
    for name in needed.get(what, ("day", "amount")):
        if name not in values:
            row.refuse(_("This is missing."), name)


def _freeze(rows: Sequence[Row], run: Run) -> str:
    frozen, closing = verbs.Frozen(), rows[0].values["closing"]
    for row in rows:
        values, what = row.values, row.values["what"]
        if what in (JOINED, LEFT):
            joined, left = frozen.employed.get(values["person"], (None, None))
            days: tuple[date | None, date | None] = (
                (values["day"], left) if what == JOINED else (joined, values["day"])
            )
            frozen.employed[values["person"]] = days
        elif what == FAMILY:
            frozen.families[values["product"]] = values["family"]
        else:
            told = {name: values[name] for name in ("day", "amount", "person", "unit")}
            frozen.facts.append(verbs.FactRow(metric=what, family=values.get("family", ""), **told))
    if not verbs.freeze(closing, frozen, by=run.by):
        return "unchanged"
    run.trace.note_changed(closing, {"frozen": True})
    return "changed"


def exact(raw: str, reading: Reading) -> Decimal:
    """A frozen amount: a plain number, with up to twelve decimal places."""
    try:
        value = Decimal(narrow(raw).strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if (
        not value.is_finite()
        or value.copy_abs() >= _LARGEST
        or value != value.quantize(_PLACES, context=_EXACTLY)
    ):
        raise Bad(_("A plain number of at most {n} decimal places, such as 1234.5.").format(n=12))
    return value


_CLOSED_AT = Column(
    "closed_at",
    gettext_lazy("closed at"),
    cells.past,
    required=True,
    aliases=("结账时间", "結帳時間", "关账时间"),
)
register(
    Kind(
        name="closings",
        title=gettext_lazy("Closed books"),
        rights=("exchange.import_history",),
        order=200,
        at_once=True,
        take=take_closings,
        key=lambda values: (values["from"], values["through"], values["closed_at"]),
        columns=(
            Column("from", gettext_lazy("first day"), cells.day, required=True, aliases=("起始日期", "自")),
            Column(
                "through", gettext_lazy("last day"), cells.day, required=True, aliases=("截至", "截止日期")
            ),
            _CLOSED_AT,
            Column("closed_by", gettext_lazy("closed by"), cells.text(60), aliases=("结账人", "結帳人")),
            Column("note", gettext_lazy("note"), cells.text(300), aliases=("备注", "備註")),
            Column(
                "reopened_at", gettext_lazy("reopened at"), cells.past, aliases=("反结账时间", "反結帳時間")
            ),
            Column(
                "reopened_by", gettext_lazy("reopened by"), cells.text(60), aliases=("反结账人", "反結帳人")
            ),
            Column("reason", gettext_lazy("reason"), cells.text(300), aliases=("原因", "理由")),
        ),
    )
)
register(
    Kind(
        name="closing-facts",
        title=gettext_lazy("What was frozen in closed books"),
        rights=("exchange.import_history",),
        order=201,
        together="closed_at",
        take=take_facts,
        key=lambda values: None,
        columns=(
            _CLOSED_AT,
            Column("what", gettext_lazy("what"), cells.code(30), required=True, aliases=("指标", "指標")),
            Column("day", gettext_lazy("day"), cells.day, aliases=("日期",)),
            columns.username(),
            columns.unit_code(),
            Column(
                "product_code",
                gettext_lazy("code of the product"),
                cells.code(60),
                aliases=columns.PRODUCT_CODES,
            ),
            Column(
                "family", gettext_lazy("product family"), cells.text(80), aliases=("产品系列", "產品系列")
            ),
            Column("amount", gettext_lazy("amount"), exact, aliases=("金额", "金額", "数值", "數值")),
        ),
    )
)
