"""How the company keeps its targets on course: a budget that is adjusted, books that are closed and what comes late for
them, a growth and a target of a stage, notes of weeks, red targets with causes and measures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from loudou.demo.happenings.setting import Setting, Told, unit_named
from loudou.insight.lens import InsightLens
from loudou.insight.reports.targets import target_progress
from loudou.kernel.periods import Fiscal, Grain, Period, add_months
from loudou.people.models import User
from loudou.pipeline.models import Stage
from loudou.steering import verbs
from loudou.steering.models import Measure
from loudou.targets import verbs as targets
from loudou.targets.figures.goals import Goal
from loudou.targets.figures.progress import RED_STATUS
from loudou.targets.models import Metric, Target

_LINES = (("travel", 42_000), ("entertainment", 12_000), ("exhibition", 20_000), ("promotion", 8_000))
_WEEKS = (
    "本周签约落后：两单卡在客户内部付款审批，下周由我陪同见财务。",
    "新增商机够数，但提案慢；售前排期已协调，周三前补两份方案。",
    "节奏回到计划线上，回款还差一单，已约周五上门。",
)
_CAUSES = (
    "上半程新机会不足，能签的单集中在月底；两家大客户预算推迟一季。",
    "报价来回太久，平均九天；价格底线没有提前和财务谈好。",
    "客户关键人变动，原来的支持者调走，方案要重讲一遍。",
)
_MEASURES = (
    "逐单见决策人，每周不少于四家，月底前把预计日期核实一遍",
    "补十个验证阶段的新机会，以食品机械和阀门行业为主",
    "与财务商定三天回价的底线，先用在最大的五单上",
)


def happenings(setting: Setting) -> Iterator[Told]:
    """A year's budget, the months closed so far, what comes late, and how red targets are followed up."""
    fiscal, this_month = Fiscal(), setting.until.replace(day=1)
    year = fiscal.of(setting.until, Grain.YEAR)
    start = max(year.start, add_months(this_month, -6))
    yield setting.on(setting.calendar.add(start, 1), 9.6), partial(_set_budgets, setting, year)
    yield setting.on(setting.calendar.add(start, 2), 9.8), partial(_set_goals, setting, year)
    for place, back in enumerate((-3, -2, -1)):
        month = fiscal.of(add_months(this_month, back), Grain.MONTH)
        day = setting.calendar.add(month.end, 3)
        if day <= setting.until and month.start >= start:
            yield setting.on(month.start + timedelta(days=20), 17.1), partial(_spend, setting, month, place)
            yield setting.on(day, 18.2), partial(_close, setting, month)
            yield setting.on(day + timedelta(days=1), 10.4), partial(_spend_late, setting, month)
    yield setting.at(40, 15.1), partial(_adjust_budget, setting)
    for place, week in enumerate(setting.weeks(4)[:-1]):
        monday = week[0] + timedelta(days=7 - week[0].weekday())
        yield setting.on(monday, 9.2), partial(_evaluate, setting, week[0], place)
    yield setting.at(9, 9.9), partial(_ask_red, setting)
    yield setting.at(7, 14.3), partial(_take_measures, setting)
    yield setting.at(2, 16.8), partial(_end_one, setting)


def _set_budgets(setting: Setting, year: Period) -> None:
    by = setting.people["heli"]
    first = setting.until.replace(day=1)
    for place, code in enumerate(("D1", "D2")):
        budget = verbs.set_budget(unit=unit_named(code), period=year, by=by)
        verbs.describe_budget(
            budget,
            demand="老客户扩产与锂电新产线",
            resources="销售六人，售前一人；展会两场",
            strategy="差旅跟着验证与开发阶段走，招待只用在成交阶段",
            by=by,
        )
        for back in range(6, -4, -1):
            month = add_months(first, -back)
            if month in year:
                for category, amount in _LINES:
                    worth = Decimal(amount * (10 - place * 3) // 10)
                    verbs.set_line(budget, category=category, month=month, amount=worth, by=by)


def _set_goals(setting: Setting, year: Period) -> None:
    """A growth over what the year before brought, and what a department's funnel must take in of a stage."""
    by = setting.people["heli"]
    targets.set_target(
        unit=unit_named("CENTER"),
        metric=Metric.NEW_CUSTOMERS,
        period=year,
        goal=Goal("growth", Decimal("0.15"), base=Decimal(60)),
        by=by,
        specific="首次签约的客户",
        attainable="上年基数加渠道拓展",
        relevant="三年内进入国内前五",
    )
    quarter = Fiscal().of(setting.until, Grain.QUARTER)
    stage = Stage.objects.get(funnel__code="b2b", code="propose")
    for code, number in (("D1", 24), ("D2", 18)):
        targets.set_target(
            unit=unit_named(code),
            metric=Metric.DEALS,
            period=quarter,
            amount=Decimal(number),
            stage=stage,
            by=by,
            specific="进入提案阶段的商机",
            attainable="按上季升迁率",
            relevant="漏斗上半部要够厚",
        )


def _spend(setting: Setting, month: Period, place: int) -> None:
    rows = [
        verbs.CostRow(
            unit_named(code),
            category,
            month.start + timedelta(days=9 + number),
            Decimal(amount * (62 + 11 * place + 5 * number) // 100),
            source_system="OA",
            source_id=f"BX-{month.start:%Y%m}-{code}-{number}",
        )
        for code in ("D1", "D2")
        for number, (category, amount) in enumerate(_LINES)
    ]
    verbs.record_costs(rows, by=setting.people["qianjin"])


def _spend_late(setting: Setting, month: Period) -> None:
    """A bill that comes when the books are closed: it counts in the open month."""
    day = month.end - timedelta(days=2)
    row = verbs.CostRow(
        unit_named("D1"),
        "travel",
        day,
        Decimal(1_860),
        note="月底出差，单据晚到",
        source_system="OA",
        source_id=f"BX-{day:%Y%m}-late",
    )
    verbs.record_costs([row], by=setting.people["qianjin"])


def _close(setting: Setting, month: Period) -> None:
    verbs.close_month(month, note=f"{month.start:%Y年%m月}封账", by=setting.people["qianjin"])


def _adjust_budget(setting: Setting) -> None:
    budget = verbs.set_budget(
        unit=unit_named("D1"), period=Fiscal().of(setting.until, Grain.YEAR), by=setting.people["heli"]
    )
    month = setting.until.replace(day=1)
    verbs.set_line(
        budget,
        category="exhibition",
        month=month,
        amount=Decimal(32_000),
        reason="上海展会扩大展位，从推广费里调剂",
        by=setting.people["heli"],
    )


def _evaluate(setting: Setting, day: date, place: int) -> None:
    period = Fiscal().of(day, Grain.WEEK)
    for number, (code, name) in enumerate((("D1", "wumin"), ("D2", "liuyang"))):
        target = _target(code, day)
        if target is not None:
            words = _WEEKS[(place + number) % len(_WEEKS)]
            verbs.evaluate(target, period=period, text=words, by=setting.people[name])


def _target(code: str, day: date) -> Target | None:
    own = Target.objects.undivided().filter(unit__code=code, person=None, metric=Metric.BOOKINGS)
    return own.filter(starts_on__lte=day, ends_on__gt=day).order_by("ends_on").first()


def _red() -> list[tuple[Target, Decimal]]:
    """Whose own targets are red, the furthest behind first."""
    found = [
        (line.aim.target, line.progress.gap.value)
        for line in target_progress(InsightLens.read({}, None)).lines
        if line.progress.status == RED_STATUS and line.aim.target is not None and line.aim.person is not None
    ]
    return sorted(
        ((one, gap) for one, gap in found if gap is not None), key=lambda pair: (pair[1], pair[0].pk)
    )[:3]


def _ask_red(setting: Setting) -> None:
    for target, gap in _red():
        owners = [target.person] if target.person is not None else []
        verbs.ask_for_causes(target, gap=gap, owners=owners, by=None)


def _take_measures(setting: Setting) -> None:
    for place, (target, _gap) in enumerate(_red()):
        owner: User | None = target.person
        if owner is not None and owner.is_active:
            verbs.answer(target, causes=_CAUSES[place], by=owner)
            due = setting.calendar.add(setting.until, 3 + 2 * place)
            verbs.take_measure(target, text=_MEASURES[place], owner=owner, due_on=due, by=owner)


def _end_one(setting: Setting) -> None:
    measure = Measure.objects.filter(state=Measure.State.OPEN).order_by("due_on", "pk").first()
    if measure is not None:
        result = "见了十一位决策人，三单预计日期提前，两单退回验证"
        verbs.close_measure(measure, state=Measure.State.DONE, result=result, by=measure.owner)
