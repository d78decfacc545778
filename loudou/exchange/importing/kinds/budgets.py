"""Budgets by unit, category and month, and what was spent of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import alike, compared, narrow
from loudou.exchange.importing.engine import Run, accepted, each
from loudou.exchange.importing.kinds._counted import counted
from loudou.exchange.importing.kinds._texts import period as read_period
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.references import company, known_before, refuse_unknown, remember, units
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.models import Unit
from loudou.steering import verbs
from loudou.steering.models import BudgetLine, Category, Cost

_COST_FIELDS = ("amount", "state", "note")


def take_budgets(rows: Sequence[Row], run: Run) -> None:
    """Set the lines that are not what the row says; one that stands already is adjusted."""

    def act(row: Row) -> str:
        values = row.values
        unit, month = _unit(values, run), values["month"]
        period = _period(values, run)
        about = {"category": values["category"], "month": month}
        whose = {"budget__unit": unit, "budget__starts_on": period.start, "budget__ends_on": period.end}
        stands = BudgetLine.objects.filter(**whose, **about).select_related("budget").first()
        if (
            stands is not None
            and stands.amount == values["amount"]
            and may(run.by, "steering.budget_set", stands.budget)
        ):
            return "unchanged"  # closed or not
        budget = verbs.set_budget(unit=unit, period=period, by=run.by)
        former = budget.lines.filter(**about).first()
        line = verbs.set_line(
            budget,
            category=values["category"],
            month=month,
            amount=values["amount"],
            reason=values.get("reason") or str(_("import")),
            by=run.by,
        )
        if former is None:
            run.trace.note_made("steering.budgetline", [line.pk])
            return "new"
        if former.amount == line.amount:
            return "unchanged"
        before = {"amount": plain(former.amount)}
        run.trace.note_changed(line, before)
        return "changed"

    each(rows, act, unit="unit_code")


def take_costs(rows: Sequence[Row], run: Run) -> None:
    """Record costs that are new, correct those that came before."""
    for row in rows:
        row.values["unit"] = units(run).get(row.values["unit_code"])
        if row.values["unit"] is None:
            refuse_unknown(row, "unit_code")
    good = [row for row in rows if row.outcome != "refused"]
    keys = known_before(run, good, fallback=_told_by)
    there = _recorded(good, keys)
    fresh = [row for row in good if id(row) not in there]
    made = []
    outcomes = verbs.record_costs([_cost(row) for row in fresh], by=run.by)
    for row, cost in accepted(fresh, outcomes, unit="unit_code"):
        row.outcome = "new"
        made.append((row, cost.pk))
    if not run.dry:
        run.trace.note_made("steering.cost", [key for _row, key in made])
        remember(run, made, fallback=_told_by)
    each(
        [row for row in good if id(row) in there],
        lambda row: _correct(there[id(row)], row, run),
    )


def _recorded(rows: Sequence[Row], keys: Mapping[int, int]) -> dict[int, Cost]:
    """The costs that rows tell of, by the row: those that an import brought, else those recorded here that say the same."""
    costs = Cost.objects.filter(corrects=None).select_related("unit")
    by_key = costs.in_bulk(list(keys.values()))
    days = {row.values["date"] for row in rows if not row.values.get("source_id")}
    ids = {row.values["source_id"] for row in rows if row.values.get("source_id")}
    here = costs.filter(Q(source_id__in=ids) | Q(source_id="", day__in=days)).order_by("-pk")
    by_content = {_known_by(cost): cost for cost in here}
    found = {}
    for row in rows:
        cost = by_key.get(keys.get(id(row), 0)) or by_content.get(_key(row.values))
        if cost is not None:
            found[id(row)] = cost
    return found


def _known_by(cost: Cost) -> tuple[Any, ...]:
    """The key of the row that an export writes of a cost."""
    if cost.source_id:
        return cost.source_system, cost.source_id
    return compared((cost.unit.code, cost.category, cost.day, cost.as_told, cost.note or None))  # type: ignore[no-any-return]


def _key(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells costs apart: the id they have elsewhere, else all that is said of them."""
    if values.get("source_id"):
        return values.get("source_system", ""), values["source_id"]
    return compared(_told_by(values))  # type: ignore[no-any-return]


def _cost(row: Row) -> verbs.CostRow:
    values = row.values
    names = ("state", "note", "source_system", "source_id", "counts_on", "posted")
    said = {name: values[name] for name in names if values.get(name)}
    return verbs.CostRow(values["unit"], values["category"], values["date"], values["amount"], **said)


def _correct(cost: Cost, row: Row, run: Run) -> str:
    said = {name: row.values[name] for name in _COST_FIELDS if name in row.values}
    stands = {name: getattr(cost, name) for name in said} | {"amount": cost.as_told}
    before = {name: plain(stands[name]) for name in said if not alike(stands[name], said[name])}
    told = row.values["unit"].pk, row.values["category"], row.values["date"]
    if (cost.unit_id, cost.category, cost.day) != told:
        raise Refused(_("It was told of another unit, category or day; withdraw it there first."))
    if not before:
        return "unchanged"
    verbs.correct_cost(cost, by=run.by, **{name: said[name] for name in before})
    run.trace.note_changed(cost, before)
    return "changed"


def _told_by(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells costs apart that have no id of another system."""
    return tuple(values.get(name) for name in ("unit_code", "category", "date", "amount", "note"))


def _unit(values: dict[str, Any], run: Run) -> Unit:
    unit = units(run).get(values["unit_code"])
    if unit is None:
        raise Refused(
            _("There is no unit with the code “{code}”.").format(code=values["unit_code"]), field="unit"
        )
    return unit


def _period(values: dict[str, Any], run: Run) -> Period:
    fiscal = company(run).fiscal
    if not values.get("period"):
        return fiscal.of(values["month"], Grain.YEAR)
    try:
        return fiscal.parse(values["period"])
    except (ValueError, OverflowError):
        raise Refused(
            _("A period is written as 2026, 2026-Q2, 2026-04, 2026-W17 or 2026-04-17."), field="period"
        ) from None


def month(raw: str, reading: Reading) -> date:
    """A month such as 2026-04 or 2026年4月, as its first day."""
    written = narrow(raw).strip().replace("年", "-").replace("/", "-").removesuffix("月")
    year, _mark, rest = written.partition("-")
    try:
        return Fiscal().parse(f"{year}-{int(rest):02}").start
    except ValueError:
        raise Bad(_("A month is written as 2026-04.")) from None


_CATEGORY = Column(
    "category",
    gettext_lazy("category"),
    cells.word(
        lambda: dict(Category.choices),
        travel=("差旅", "差旅费", "差旅費"),
        entertainment=("招待", "招待费", "招待費"),
        promotion=("推广", "推廣", "宣传", "宣傳"),
        exhibition=("展会", "展會", "会展", "會展"),
        channel=("渠道", "通路"),
        samples=("样品", "樣品"),
        training=("培训", "培訓", "教育訓練"),
        labour=("人工", "工资", "薪資"),
        other=("其他", "其它"),
    ),
    required=True,
    aliases=("费用类别", "費用類別", "科目", "类别", "類別"),
)
_AMOUNT = ("金额", "金額", "预算", "預算")
register(
    Kind(
        name="budgets",
        title=gettext_lazy("Budgets"),
        rights=("steering.budget_set",),
        order=93,
        at_once=True,
        take=take_budgets,
        key=lambda values: tuple(values.get(name) for name in ("unit_code", "period", "category", "month")),
        columns=(
            columns.unit_code(required=True),
            Column("period", gettext_lazy("period"), read_period, aliases=("期间", "期間", "预算期间")),
            _CATEGORY,
            Column("month", gettext_lazy("month"), month, required=True, aliases=("月", "月份")),
            Column("amount", gettext_lazy("amount"), cells.amount, required=True, aliases=_AMOUNT),
            Column(
                "reason", gettext_lazy("reason"), cells.text(300), aliases=("原因", "调整原因", "調整原因")
            ),
        ),
    )
)
register(
    Kind(
        name="costs",
        title=gettext_lazy("Costs"),
        rights=("steering.spend",),
        order=94,
        take=take_costs,
        key=_key,
        columns=(
            columns.unit_code(required=True),
            _CATEGORY,
            Column(
                "date",
                gettext_lazy("day"),
                cells.day,
                required=True,
                aliases=("日期", "发生日期", "發生日期"),
            ),
            Column("amount", gettext_lazy("amount"), cells.signed, required=True, aliases=_AMOUNT),
            Column(
                "state",
                gettext_lazy("state"),
                cells.word(
                    lambda: dict(Cost.State.choices),
                    committed=("已承诺", "占用"),
                    approved=("已批准", "已报销", "已核准"),
                ),
                aliases=("状态", "狀態"),
            ),
            Column("note", gettext_lazy("note"), cells.text(300), aliases=("备注", "備註", "说明", "說明")),
            *columns.origin(),
            *counted(),
        ),
    )
)
