"""What happened to deals: facts with their own time, in any order and in several files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import narrow
from loudou.exchange.importing.engine import Run, accepted
from loudou.exchange.importing.reading import Bad, Parser, Reading
from loudou.exchange.importing.references import once, person_in, refuse_unknown
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.pipeline.figures.deliveries import Part, Plan, in_order
from loudou.pipeline.models import Deal, Reason, StageSpec
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries.funnels import by_name
from loudou.pipeline.verbs.importing import MoveRow, import_moves
from loudou.ui.spelling import folded

EVENTS = {
    "enter": gettext_lazy("enters the stage"),
    "won": gettext_lazy("won"),
    "lost": gettext_lazy("lost"),
    "cancelled": gettext_lazy("cancelled by the customer"),
    "invalid": gettext_lazy("invalid"),
    "reopen": gettext_lazy("is reopened"),
    "hold": gettext_lazy("is put on hold"),
    "resume": gettext_lazy("is taken up again"),
    "amount": gettext_lazy("the amount changes"),
    "expected_close": gettext_lazy("the expected date changes"),
    "owner": gettext_lazy("the owner changes"),
    "probability": gettext_lazy("the owner's own success rate changes"),
    "category": gettext_lazy("the forecast category changes"),
    "migrate": gettext_lazy("a new version of the funnel calls its stage"),
    "deliveries": gettext_lazy("the delivery plan changes"),
}
_STAGED = ("enter", "reopen", "migrate")
_CARRIED = ("owner", "expected_close", "probability", "category", "deliveries")
_LONGEST = 500  # a reason that somebody writes; a plan of deliveries is longer
_CATEGORY = cells.word(lambda: dict(Category.choices))
_REASONED = ("lost", "cancelled", "invalid")


def take(rows: Sequence[Row], run: Run) -> None:
    """Turn rows into facts about their deals; what each event needs must be there."""
    codes = {row.values["deal_code"] for row in rows}
    deals = {
        code: (key, funnel)
        for code, key, funnel in Deal.objects.filter(code__in=codes).values_list("code", "pk", "funnel_id")
    }
    ready = [(row, fact) for row in rows if (fact := _fact(row, deals, run))]
    outcomes = import_moves([fact for _row, fact in ready], by=run.by, dry_run=run.dry)
    keys = {id(row): fact.key for row, fact in ready}
    changed = set()
    for row, told in accepted([row for row, _fact in ready], outcomes):
        row.outcome = "new" if told else "unchanged"
        if told:
            changed.add(keys[id(row)])
    if changed and not run.dry:
        run.trace.told += sorted(changed)


def _fact(row: Row, deals: Mapping[str, tuple[int, int]], run: Run) -> MoveRow | None:
    """The row as the verb wants it; None when it was refused."""
    values = row.values
    event, reason = values["event"], values.get("reason", "")
    deal, funnel = deals.get(values["deal_code"], (0, 0))
    if not deal:
        refuse_unknown(row, "deal_code")
        return None
    at = values.get("at")
    if at is None and event != "enter":
        row.refuse(_("This is missing."), "at")
    stage = _stage(row, event, funnel, run)
    if event == "amount" and "amount" not in values:
        row.refuse(_("This is missing."), "amount")
    by = person_in(row, run, "by")
    owner = person_in(row, run, "reason") if event == "owner" else None
    if event == "owner" and not reason:
        row.refuse(_("This is missing."), "reason")
    expected = _expected(row, reason, run) if event == "expected_close" else None
    code = _reason(row, event, reason, run)
    rate = _set(row, "probability", reason, cells.chance, run)
    category = _set(row, "category", reason, _CATEGORY, run)
    plan = _set(row, "deliveries", reason, read_plan, run)
    if event not in _CARRIED and len(reason) > _LONGEST:
        row.refuse(_("At most {n} characters.").format(n=f"{_LONGEST:,}"), "reason")
    if row.outcome:
        return None
    plain = "" if event in _CARRIED or code is not None else reason
    judged = {"probability": rate, "category": category or "", "known_at": values.get("known_at")}
    if event == "deliveries":
        judged["plan"] = plan or ()
    return MoveRow(deal, event, at, stage, _amount(values), expected, owner, code, plain, by, **judged)


def also(rows: Sequence[Row], run: Run) -> None:
    """Name the stage of refused rows that the deal's funnel does not have."""
    asked = {row.values["deal_code"] for row in rows if "deal_code" in row.values and "stage" in row.values}
    funnels = dict(Deal.objects.filter(code__in=asked).values_list("code", "funnel_id"))
    for row in rows:
        funnel, event = funnels.get(row.values.get("deal_code", "")), row.values.get("event", "")
        if funnel is not None and not any(note.column == "stage" for note in row.notes):
            _stage(row, event, funnel, run)


def _amount(values: Mapping[str, Any]) -> Decimal | None:
    return values.get("amount")


def _stage(row: Row, event: str, funnel: int, run: Run) -> int | None:
    """The stage a row names, by its code or its name in any language; where it says nothing, only an entry needs one."""
    name = row.values.get("stage")
    if event not in _STAGED:
        return None
    if not name:
        if event != "reopen":
            row.refuse(_("This is missing."), "stage")
        return None
    stage = once(run, "stages", _stages).get((funnel, folded(name)))
    if stage is None:
        row.refuse(_("The deal's funnel has no stage “{name}”.").format(name=name), "stage")
    return stage


def _expected(row: Row, reason: str, run: Run) -> date | None:
    try:
        return cells.day(reason, run.reading)
    except Bad as bad:
        row.refuse(str(bad), "reason")
        return None


def _reason(row: Row, event: str, reason: str, run: Run) -> Reason | None:
    """The reason of an end that a row names. Other systems let people write what they like: it is kept as it was, and said."""
    if event not in _REASONED or not reason:
        return None
    found = once(run, "reasons", _reasons).get((event, folded(reason)))
    if found is None:
        sentence = _("“{value}” is none of our reasons; it is kept as text and counts as no reason.")
        row.warn(sentence.format(value=reason[:40]), "reason")
    return found


def _set(row: Row, event: str, reason: str, read: Parser, run: Run) -> Any:
    """What a row about this event sets in its column `reason`; nothing where it is empty: what held before it did."""
    if row.values["event"] != event or not reason:
        return None
    try:
        return read(reason, run.reading)
    except Bad as bad:
        row.refuse(str(bad), "reason")
        return None


def read_plan(raw: str, reading: Reading) -> Plan:
    """A plan of deliveries: `2026-05-01 1250.00; 2026-06-01 1250.00`, each on a day of its own."""
    parts = []
    for piece in re.split(r"[;；\n]+", narrow(raw).strip(" ;；\n")):
        day, _blank, amount = piece.strip().rpartition(" ")
        if not day:
            raise Bad(_("A delivery plan is written 2026-05-01 1250.00; 2026-06-01 1250.00."))
        parts.append(Part(cells.day(day, reading), cells.amount(amount, reading)))
    if len({part.due_on for part in parts}) < len(parts):
        raise Bad(_("Two deliveries have the same date; put them together."))
    if len(parts) < 2 or any(not part.amount for part in parts):
        raise Bad(_("A plan has two deliveries or more, each with an amount above nought."))
    return in_order(parts)


def _stages() -> dict[tuple[int, str], int]:
    """Every stage of every funnel by its code and its names; the newest version's names first."""
    specs = StageSpec.objects.exclude(version__published_at=None).select_related("stage", "version")
    of_funnel: dict[int, list[StageSpec]] = defaultdict(list)
    for spec in specs.order_by("-version__number"):
        of_funnel[spec.version.funnel_id].append(spec)
    return {
        (funnel, name): spec.stage_id
        for funnel, known in of_funnel.items()
        for name, spec in by_name(known).items()
    }


def _reasons() -> dict[tuple[str, str], Reason]:
    """Reasons by their kind, and their code or name in any language."""
    found: dict[tuple[str, str], Reason] = {}
    for reason in Reason.objects.all():
        for name in (reason.code, *reason.names.values()):
            found.setdefault((reason.kind, folded(name)), reason)
    return found


def _key(values: dict[str, Any]) -> Any:
    """All a fact says but who said it: the same twice is one fact."""
    names = ("deal_code", "at", "event", "stage", "amount", "reason")
    return tuple(values.get(name) for name in names)


register(
    Kind(
        name="moves",
        title=gettext_lazy("History of deals"),
        rights=("exchange.import_history",),
        order=60,
        together="deal_code",
        first_counts=True,
        take=take,
        key=_key,
        also=also,
        columns=(
            columns.deal_code("编号", "Deal ID", required=True),
            Column(
                "at",
                gettext_lazy("when"),
                cells.past,
                aliases=(
                    "时间",
                    "发生时间",
                    "日期",
                    "變更時間",
                    "發生時間",
                    "变更时间",
                    "發生日期",
                    "发生日期",
                ),
            ),
            Column(
                "event",
                gettext_lazy("what happened then"),
                cells.word(
                    lambda: EVENTS,
                    enter=(
                        "进入",
                        "进入阶段",
                        "進入",
                        "進入階段",
                        "升迁",
                        "推進",
                        "阶段变更",
                        "階段變更",
                        "stage",
                    ),
                    won=("赢单", "贏單", "成交", "已成交", "closed won"),
                    lost=("输单", "輸單", "丢单", "战败", "戰敗", "失败", "closed lost"),
                    cancelled=("取消", "客户取消", "客戶取消"),
                    invalid=("无效", "無效", "作废", "作廢"),
                    reopen=("重开", "重新打开", "重啟", "重新開啟", "重启"),
                    hold=("搁置", "暂停", "擱置", "暫停", "挂起"),
                    resume=("恢复", "恢復", "继续", "繼續"),
                    amount=("金额", "金额变更", "金額", "金額變更"),
                    expected_close=("预计成交日期", "预计日期", "預計成交日期", "预计日期变更"),
                    owner=("负责人", "负责人变更", "转交", "轉交", "負責人", "負責人變更"),
                    probability=("成功率", "赢率", "贏率", "成功率变更", "成功率變更"),
                    category=("预测类别", "預測類別", "预测分类", "預測分類"),
                    migrate=("漏斗换版", "漏斗換版", "版本迁移", "版本遷移"),
                    deliveries=("交付计划", "交付計畫", "交付计划变更", "交付計畫變更"),
                ),
                required=True,
                aliases=("事件", "动作", "操作", "動作", "类型"),
            ),
            Column(
                "stage",
                gettext_lazy("stage"),
                cells.text(80),
                aliases=("阶段", "階段", "销售阶段", "銷售階段"),
            ),
            Column(
                "amount",
                gettext_lazy("amount"),
                cells.amount,
                aliases=("金额", "金額", "成交金额", "成交金額"),
            ),
            Column(
                "reason",
                gettext_lazy("reason"),
                cells.text(3000),
                aliases=("原因", "理由", "说明", "說明", "备注", "備註"),
            ),
            Column(
                "by",
                gettext_lazy("by"),
                cells.text(60),
                aliases=("操作人", "经办人", "由", "操作者", "經辦人"),
            ),
            Column(
                "known_at",
                gettext_lazy("known since"),
                cells.past,
                aliases=("录入时间", "登記時間", "登记时间", "錄入時間"),
            ),
        ),
    )
)
