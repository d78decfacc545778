"""Targets of units and people, and the seasonal index that time weighs by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import alike, narrow
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds._texts import period as read_period
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.references import company, once, somebody, units
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.models import Unit, User
from loudou.people.queries import plan_currencies
from loudou.people.tables import Tables
from loudou.pipeline.models import Stage
from loudou.targets import verbs
from loudou.targets.figures.goals import Goal
from loudou.targets.figures.typed import parse_target
from loudou.targets.models import Kind as Meaning
from loudou.targets.models import Metric, SeasonalIndex, Target
from loudou.targets.queries import stage_named

_MONTH = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})月?")


def take_targets(rows: Sequence[Row], run: Run) -> None:
    """Set the targets that are not what the row says; one that stands already is adjusted."""
    known = {_known_by(target): target for target in Target.objects.select_related("person", "unit", "stage")}

    def act(row: Row) -> str:
        values = row.values
        unit, user = unit_of(values, run), person_of(values, run)
        _refuse_elsewhere(unit, user, run)
        period = period_of(values["period"], run)
        owner = ("person", user.pk) if user is not None else ("unit", unit.pk if unit else None)
        of_what: dict[str, Any] = {name: values.get(name) or "" for name in ("family", "segment")}
        of_what["stage"] = _stage(values, run)
        former = known.get((*owner, values["metric"], period.start, period.end, *of_what.values()))
        goal = _goal(values, run)
        words = {name: values[name] for name in verbs.WORDS if values.get(name)}
        if former is not None and _same_number(former, values, goal):
            # What stands already stays as it is, approved and closed too; its words may be others.
            words = {name: said for name, said in words.items() if not alike(getattr(former, name), said)}
            if not words and may(run.by, "targets.set", former):
                return "unchanged"
            target = verbs.describe_target(former, by=run.by, **words)
        else:
            target = verbs.set_target(
                unit=unit,
                person=user,
                metric=values["metric"],
                period=period,
                amount=values.get("amount"),
                goal=goal,
                currency=values.get("currency", ""),
                cause="import" if former is not None else "",
                by=run.by,
                **of_what,
                **words,
            )
        return _noted(target, former, run)

    each(rows, act, unit="unit_code", person="username")


def also_targets(rows: Sequence[Row], run: Run) -> None:
    """Name the stage and the currency of refused rows that no target could have."""
    rated = once(run, "plan currencies", plan_currencies)
    for row in rows:
        values, blamed = row.values, {note.column for note in row.notes}
        if values.get("stage") and not blamed & {"stage", "funnel"}:
            try:
                _stage(values, run)
            except Refused as refusal:
                row.refuse(refusal.sentence, refusal.field)
        currency = values.get("currency")
        if currency and currency not in rated and "currency" not in blamed:
            sentence = _(
                "There is no plan rate for {currency}; set one in the settings under currencies and rates."
            )
            row.refuse(sentence.format(currency=currency), "currency")


def _known_by(target: Target) -> tuple[Any, ...]:
    owner = ("person", target.person_id) if target.person_id is not None else ("unit", target.unit_id)
    return (
        *owner,
        target.metric,
        target.starts_on,
        target.ends_on,
        target.family,
        target.segment,
        target.stage,
    )


def _same_number(target: Target, values: dict[str, Any], goal: Goal | None) -> bool:
    """Whether a target is what a row says already."""
    if (values.get("currency") or target.currency) != target.currency:
        return False
    if goal is None:
        return target.amount == values.get("amount")
    frozen = goal.base is None or goal.base == target.base_value
    return (target.kind, target.asked_rate) == (goal.kind, goal.rate) and frozen


def _noted(target: Target, former: Target | None, run: Run) -> str:
    """What became of a row, noted with what stood before for whoever takes the import back."""
    if former is None:
        run.trace.note_made("targets.target", [target.pk])
        return "new"
    if target.version == former.version:
        return "unchanged"
    words = {name: getattr(former, name) for name in verbs.WORDS}
    run.trace.note_changed(target, {"amount": plain(former.amount), "currency": former.currency, **words})
    return "changed"


def unit_of(values: dict[str, Any], run: Run) -> Unit | None:
    """The unit a row names."""
    code = values.get("unit_code")
    if not code:
        return None
    unit = units(run).get(code)
    if unit is None:
        raise Refused(_("There is no unit with the code “{code}”.").format(code=code), field="unit_code")
    return unit


def person_of(values: dict[str, Any], run: Run) -> User | None:
    """The person a row names."""
    return somebody(run, values, "username") if values.get("username") else None


def _refuse_elsewhere(unit: Unit | None, user: User | None, run: Run) -> None:
    """A row names whose target it is once: a person beside a unit where they never were is two owners.

    A unit they are or were in, or one above it, says only for which unit the target was set, as exports do.
    """
    if unit is None or user is None:
        return
    _since, stays = once(run, "tables", Tables.read).memberships.get(user.pk, ([], []))
    names = {one.pk: one for one in units(run).values()}
    theirs = [names[key] for key in {*stays, user.unit_id} if key in names]
    if theirs and not any(one.path.startswith(unit.path) for one in theirs):
        sentence = _("{name} was never in {unit}; name the unit or the person whose target this is.")
        raise Refused(sentence.format(name=user.name, unit=unit.name), field="unit_code")


def period_of(name: str, run: Run, field: str = "period") -> Period:
    """The period a row names."""
    try:
        return company(run).fiscal.parse(name)
    except (ValueError, OverflowError):
        raise Refused(
            _("A period is written as 2026, 2026-Q2, 2026-04, 2026-W17 or 2026-04-17."), field=field
        ) from None


def _stage(values: dict[str, Any], run: Run) -> Stage | None:
    """The stage a row names, of the funnel it names or of the default one; each is looked for once a file."""
    name = values.get("stage")
    if not name:
        return None
    funnel = values.get("funnel") or ""
    return once(run, f"stage {funnel} / {name}", lambda: stage_named(funnel, name, run.by))


def _goal(values: dict[str, Any], run: Run) -> Goal | None:
    """The growth or the share a row asks for."""
    kind = values.get("kind") or Meaning.ABSOLUTE
    if kind == Meaning.ABSOLUTE:
        return None
    if values.get("rate") is None:
        raise Refused(_("Say how much."), field="rate")
    name = values.get("base_period")
    period = period_of(name, run, "base_period") if name else None
    return Goal(kind, values["rate"], period, values.get("base"))


def take_seasons(rows: Sequence[Row], run: Run) -> None:
    """Set the indices that are not what the row says."""
    known = {(row.year, row.month): row for row in SeasonalIndex.objects.all()}

    def act(row: Row) -> str:
        year, month = row.values["month"]
        former = known.get((year, month))
        if former is not None and former.index == row.values["index"]:
            return "unchanged"
        season = verbs.set_season(year=year, month=month, index=row.values["index"], by=run.by)
        if former is None:
            run.trace.note_made("targets.seasonalindex", [season.pk])
            return "new"
        before = {"index": plain(former.index)}
        run.trace.note_changed(season, before)
        return "changed"

    each(rows, act)


def month(raw: str, reading: Reading) -> tuple[int, int]:
    """`4`, `04`, `4月` of every year, or `2026-04` of one: as (year or 0, month)."""
    match = _MONTH.fullmatch(narrow(raw).strip())
    if match is None or not 1 <= int(match[2]) <= 12:
        raise Bad(_("A month is a number from 1 to 12, such as 4 or 2026-04."))
    return int(match[1] or 0), int(match[2])


def index(raw: str, reading: Reading) -> Decimal:
    """A seasonal index: a number of at most six decimal places, 0 for a month without sales."""
    raw = narrow(raw)
    if raw.strip().startswith("-"):
        raise Bad(_("A seasonal index is a number from 0 to 100; 1 is the mean month."))
    value = Decimal(0) if raw.strip() in ("0", "0.0") else cells.rate(raw, reading)
    if value != value.quantize(Decimal("0.000001")):
        raise Bad(_("At most {n} decimal places.").format(n=6))
    return value


def number(raw: str, reading: Reading) -> Decimal:
    """A target's number: an amount, of a rate also 25%."""
    plain = raw.strip().replace("％", "%")
    if not plain.endswith("%"):
        return cells.amount(raw, reading)
    try:
        return parse_target(plain)
    except ValueError:
        raise Bad(_("This is no number; write it as 1234.50.")) from None


METRIC = Column(
    "metric",
    gettext_lazy("metric"),
    cells.word(
        lambda: dict(Metric.choices),
        bookings=("签约", "簽約", "签约额", "簽約額", "订单金额", "訂單金額"),
        invoiced=("开票", "開票", "收入"),
        cash=("回款", "收款"),
        gross_margin=("毛利",),
        quantity=("数量", "數量", "销量", "銷量"),
        new_customers=("新客户", "新客戶", "新增客户", "新增客戶"),
        deals=("成交数", "成交數", "赢单数", "贏單數"),
        conversion=("转化率", "轉換率"),
        visits=("拜访", "拜訪", "拜访量", "拜訪量"),
    ),
    required=True,
    aliases=("指标", "指標", "口径", "口徑"),
)
PERIOD = Column(
    "period",
    gettext_lazy("period"),
    read_period,
    required=True,
    aliases=("期间", "期間", "周期", "週期", "时间", "時間"),
)
_GOAL = (
    Column(
        "kind",
        gettext_lazy("kind of target"),
        cells.word(
            lambda: dict(Meaning.choices),
            absolute=("绝对值", "絕對值", "绝对数", "絕對數"),
            growth=("增长", "成長", "增长率", "成長率"),
            share=("份额", "份額", "占比", "佔比"),
        ),
        aliases=("目标类型", "目標類型"),
    ),
    Column(
        "rate",
        gettext_lazy("growth or share"),
        cells.growth,
        aliases=("增长率", "成長率", "占比", "佔比", "份额", "份額"),
    ),
    Column("base_period", gettext_lazy("base period"), read_period, aliases=("基期", "对比期", "對比期")),
    Column("base", gettext_lazy("base"), cells.amount, aliases=("基数", "基數", "基期值", "总量", "總量")),
    Column("funnel", gettext_lazy("funnel"), cells.text(80), aliases=("漏斗", "销售漏斗", "銷售漏斗")),
    Column("stage", gettext_lazy("stage"), cells.text(80), aliases=("阶段", "階段", "销售阶段", "銷售階段")),
)

SMART = (
    Column("specific", gettext_lazy("what exactly"), cells.text(300), aliases=("具体内容", "具體內容")),
    Column("attainable", gettext_lazy("why it can be reached"), cells.text(300), aliases=("依据", "依據")),
    Column(
        "relevant",
        gettext_lazy("strategic objective it serves"),
        cells.text(300),
        aliases=("战略目标", "策略目標"),
    ),
)

register(
    Kind(
        name="targets",
        title=gettext_lazy("Targets"),
        rights=("targets.set",),
        order=90,
        at_once=True,
        take=take_targets,
        also=also_targets,
        key=lambda values: (
            values.get("username") or values.get("unit_code"),
            bool(values.get("username")),
            *(
                values.get(name) or ""
                for name in ("metric", "period", "family", "segment", "funnel", "stage")
            ),
        ),
        columns=(
            columns.unit_code(),
            columns.username(),
            METRIC,
            PERIOD,
            Column(
                "amount",
                gettext_lazy("amount"),
                number,
                aliases=("目标", "目標", "目标值", "目標值", "金额", "金額"),
            ),
            columns.currency(),
            Column(
                "family",
                gettext_lazy("product family"),
                cells.text(80),
                aliases=("产品系列", "產品系列", "产品族", "產品族"),
            ),
            Column(
                "segment",
                gettext_lazy("customer segment"),
                cells.text(80),
                aliases=("客户类别", "客戶類別", "客户分类", "客戶分類"),
            ),
            *_GOAL,
            *SMART,
        ),
    )
)
register(
    Kind(
        name="seasonal-index",
        title=gettext_lazy("Seasonal indices"),
        rights=("targets.seasons",),
        order=89,
        at_once=True,
        take=take_seasons,
        key=lambda values: values.get("month"),
        columns=(
            Column("month", gettext_lazy("month"), month, required=True, aliases=("月", "月份")),
            Column(
                "index",
                gettext_lazy("seasonal index"),
                index,
                required=True,
                aliases=("季节指数", "季節指數", "指数", "指數"),
            ),
        ),
    )
)
