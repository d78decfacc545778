"""What belongs to days: what they cost, items that were due, calls for help, spot checks, absences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.daylog import verbs
from loudou.daylog.models import Absence, Expense, SpotCheck
from loudou.exchange.importing import cells
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.references import somebody
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.people.queries import organisation

_WHO = Column(
    "username",
    gettext_lazy("user name"),
    cells.code(60),
    required=True,
    aliases=("用户名", "使用者名稱", "姓名", "人员", "人員", "业务员", "業務員"),
)


def _each(rows: Sequence[Row], run: Run, act: Callable[[User, Row], Model | None], label: str) -> None:
    """Lead rows about people to a verb one by one; it returns what it made, or None for what is known."""

    def one(row: Row) -> str:
        made = act(somebody(run, row.values, "username"), row)
        if made is None:
            return "unchanged"
        run.trace.note_made(label, [made.pk])
        return "new"

    each(rows, one)


def take_expenses(rows: Sequence[Row], run: Run) -> None:
    """Take over what days cost, each to the log of its day, by its number there."""

    def act(user: User, row: Row) -> Model | None:
        values, own = row.values, organisation().base_currency
        if values.get("currency", own) != own:
            sentence = _("Expenses of a day are in {currency}.")
            raise Refused(sentence.format(currency=own), field="currency")
        told = {name: values[name] for name in ("day", "position", "kind", "amount")}
        return verbs.import_expense(user, **told, note=values.get("note", ""), by=run.by)

    _each(rows, run, act, "daylog.expense")


def _position(raw: str, reading: Reading) -> int:
    """Which expense of its day, counted from one."""
    if not raw.strip().isdecimal() or not 1 <= int(raw) <= verbs.MOST_EXPENSES:
        raise Bad(_("Write a number from 1 to {n}.").format(n=verbs.MOST_EXPENSES))
    return int(raw)


def take_items(rows: Sequence[Row], run: Run) -> None:
    """Take over what was due on which day, and when it was done."""

    def act(user: User, row: Row) -> Model | None:
        told: dict[str, Any] = {
            name: row.values[name] for name in ("closed_on", "cause", "since") if name in row.values
        }
        return verbs.import_item(
            user, what=row.values["item"], due_on=row.values["due_on"], by=run.by, **told
        )

    _each(rows, run, act, "daylog.item")


def take_support(rows: Sequence[Row], run: Run) -> None:
    """Take over calls for help and their answers."""

    def act(user: User, row: Row) -> Model | None:
        told: dict[str, Any] = {
            name: row.values[name] for name in ("answer", "answered_at") if name in row.values
        }
        if "answered_by" in row.values:
            told["answered_by"] = somebody(run, row.values, "answered_by")
        return verbs.import_support(
            user, matter=row.values["matter"], asked_at=row.values["asked_at"], by=run.by, **told
        )

    _each(rows, run, act, "daylog.support")


def take_checks(rows: Sequence[Row], run: Run) -> None:
    """Take over spot checks; what was found not to be true is annulled."""

    def act(user: User, row: Row) -> Model | None:
        values = row.values
        told: dict[str, Any] = {name: values[name] for name in ("finding", "checked_at") if name in values}
        if "checker_username" in values:
            told["checker"] = somebody(run, row.values, "checker_username")
        reason, result = values.get("reason", SpotCheck.Reason.RANDOM), values.get("result", "")
        return verbs.import_check(user, day=values["day"], reason=reason, result=result, by=run.by, **told)

    _each(rows, run, act, "daylog.spotcheck")


def take_absences(rows: Sequence[Row], run: Run) -> None:
    """Take over who was away from when to when."""

    def act(user: User, row: Row) -> Model | None:
        values = row.values
        first = values["first"]
        if Absence.objects.filter(user=user, first=first, last=values.get("last", first)).exists():
            return None
        told: dict[str, Any] = {name: values[name] for name in ("kind", "note") if name in values}
        return verbs.note_absence(user, first=first, last=values.get("last", first), by=run.by, **told)

    _each(rows, run, act, "daylog.absence")


register(
    Kind(
        name="log-expenses",
        title=gettext_lazy("Expenses of days"),
        rights=("exchange.import_history",),
        order=102,
        first_counts=True,
        take=take_expenses,
        key=lambda values: tuple(values.get(name) for name in ("username", "day", "position")),
        columns=(
            _WHO,
            Column(
                "day", gettext_lazy("day"), cells.day, required=True, aliases=("日期", "日志日期", "日誌日期")
            ),
            Column("position", gettext_lazy("number"), _position, required=True, aliases=("序号", "序號")),
            Column(
                "kind",
                gettext_lazy("for what"),
                cells.word(lambda: dict(Expense.Kind.choices)),
                required=True,
                aliases=("费用类别", "費用類別", "类别", "類別"),
            ),
            Column("amount", gettext_lazy("amount"), cells.amount, required=True, aliases=("金额", "金額")),
            Column("currency", gettext_lazy("currency"), cells.currency, aliases=("币种", "幣別")),
            Column("note", gettext_lazy("note"), cells.text(200), aliases=("备注", "備註", "说明", "說明")),
        ),
    )
)

register(
    Kind(
        name="log-items",
        title=gettext_lazy("Items of days"),
        rights=("exchange.import_history",),
        order=102,
        first_counts=True,
        take=take_items,
        key=lambda values: tuple(values.get(name) for name in ("username", "due_on", "item")),
        columns=(
            _WHO,
            Column(
                "item",
                gettext_lazy("what is to be done"),
                cells.text(300),
                required=True,
                aliases=("事项", "事項", "工作事项", "工作事項", "任务", "任務", "text"),
            ),
            Column(
                "due_on",
                gettext_lazy("due on"),
                cells.day,
                required=True,
                aliases=("应完成日期", "應完成日期", "到期日", "日期", "day"),
            ),
            Column(
                "closed_on",
                gettext_lazy("done on"),
                cells.day,
                aliases=("完成日期", "关闭日期", "關閉日期", "closed_at"),
            ),
            Column("cause", gettext_lazy("why not"), cells.text(300), aliases=("未完成原因", "原因")),
            Column("since", gettext_lazy("first due on"), cells.day, aliases=("最初日期", "首次应完成日期")),
        ),
    )
)

register(
    Kind(
        name="support-requests",
        title=gettext_lazy("Calls for help"),
        rights=("exchange.import_history",),
        order=103,
        first_counts=True,
        take=take_support,
        key=lambda values: tuple(values.get(name) for name in ("username", "asked_at", "matter")),
        columns=(
            _WHO,
            Column(
                "matter",
                gettext_lazy("help needed"),
                cells.text(2000),
                required=True,
                aliases=("需要帮助", "需要協助", "请求内容", "請求內容"),
            ),
            Column(
                "asked_at",
                gettext_lazy("asked at"),
                cells.past,
                required=True,
                aliases=("提出时间", "提出時間", "请求时间", "請求時間"),
            ),
            Column(
                "answered_at",
                gettext_lazy("answered at"),
                cells.past,
                aliases=("答复时间", "答覆時間", "响应时间", "回應時間"),
            ),
            Column(
                "answered_by",
                gettext_lazy("answered by"),
                cells.code(60),
                aliases=("答复人", "答覆人", "owner"),
            ),
            Column("answer", gettext_lazy("answer"), cells.text(2000), aliases=("答复", "答覆", "处理结果")),
        ),
    )
)

register(
    Kind(
        name="spot-checks",
        title=gettext_lazy("Spot checks"),
        rights=("exchange.import_history",),
        order=104,
        first_counts=True,
        take=take_checks,
        key=lambda values: (values.get("username"), values.get("day")),
        columns=(
            _WHO,
            Column(
                "day",
                gettext_lazy("day"),
                cells.day,
                required=True,
                aliases=("日志日期", "日誌日期", "日期"),
            ),
            Column(
                "reason",
                gettext_lazy("why it is checked"),
                cells.word(
                    lambda: dict(SpotCheck.Reason.choices),
                    random=("随机", "隨機", "抽签", "sample"),
                    targeted=("定向", "指定", "红旗", "紅旗", "target"),
                ),
                aliases=("抽查方式", "方式", "kind"),
            ),
            Column(
                "result",
                gettext_lazy("outcome"),
                cells.word(
                    lambda: dict(SpotCheck.Result.choices),
                    verified=("属实", "屬實", "真实", "真實", "true", "ok"),
                    unverifiable=("无法核实", "無法核實", "联系不上", "聯絡不上", "unreachable", "unreached"),
                    false=("不实", "不實", "虚假", "虛假", "不属实", "不屬實"),
                ),
                aliases=("抽查结果", "抽查結果", "结果", "結果", "outcome"),
            ),
            Column(
                "finding",
                gettext_lazy("what the check showed"),
                cells.text(2000),
                aliases=("说明", "說明", "发现"),
            ),
            Column(
                "checker_username",
                gettext_lazy("checked by"),
                cells.code(60),
                aliases=("抽查人", "核实人", "核實人", "checker"),
            ),
            Column(
                "checked_at",
                gettext_lazy("checked at"),
                cells.past,
                aliases=("抽查时间", "抽查時間", "核实时间", "核實時間"),
            ),
        ),
    )
)

register(
    Kind(
        name="absences",
        title=gettext_lazy("Absences"),
        rights=("daylog.absences",),
        order=99,
        first_counts=True,
        take=take_absences,
        key=lambda values: (values.get("username"), values.get("first")),
        columns=(
            _WHO,
            Column(
                "first",
                gettext_lazy("first day"),
                cells.day,
                required=True,
                aliases=("开始日期", "開始日期", "请假开始", "起始日期", "from", "day"),
            ),
            Column(
                "last",
                gettext_lazy("last day"),
                cells.day,
                aliases=("结束日期", "結束日期", "请假结束", "終止日期", "to"),
            ),
            Column(
                "kind",
                gettext_lazy("kind"),
                cells.word(
                    lambda: dict(Absence.Kind.choices),
                    leave=("年假", "事假", "休假", "特休"),
                    sick=("病假",),
                    training=("培训", "培訓", "教育訓練"),
                ),
                aliases=("类型", "類型", "请假类型", "請假類型", "假别", "假別"),
            ),
            Column("note", gettext_lazy("note"), cells.text(200), aliases=("备注", "備註", "事由")),
        ),
    )
)
