"""Day logs from both sides: what people wrote (F08), what the control desk heard (F09). One row a stop of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.customers.models import Customer
from loudou.daylog import verbs
from loudou.daylog.models import DeskLog, Outcome
from loudou.exchange.importing import cells
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.references import by_code, person
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.kernel.refusals import Refused
from loudou.people.models import User

_DAYS = ("日期", "工作日期", "日志日期", "日誌日期", "date")
_WHO = ("用户名", "使用者名稱", "姓名", "人员", "人員", "业务员", "業務員", "填报人", "填報人", "rep")
_TEXTS = ("reflection", "help_needed", "plan", "late_reason")


def take_logs(rows: Sequence[Row], run: Run) -> None:
    """Take over what people wrote; several rows of one person and day are stops of one log."""

    def act(user: User, first: Row, stops: list[verbs.Stop]) -> Model | None:
        values = first.values
        texts = {name: values[name] for name in _TEXTS if name in values}
        at = values["submitted_at"]
        return verbs.import_log(user, day=values["day"], submitted_at=at, stops=stops, by=run.by, **texts)

    _take(rows, run, act, "daylog.daylog")


def take_desk_logs(rows: Sequence[Row], run: Run) -> None:
    """Take over what the control desk heard; several rows of one person and day are stops of one call."""

    def act(user: User, first: Row, stops: list[verbs.Stop]) -> Model | None:
        told = {
            name: first.values[name]
            for name in ("arrival", "checked_at", "reported_at", "deviation")
            if name in first.values
        }
        return verbs.import_desk_log(user, day=first.values["day"], stops=stops, by=run.by, **told)

    _take(rows, run, act, "daylog.desklog")


Act = Callable[[User, Row, list[verbs.Stop]], Model | None]


def _take(rows: Sequence[Row], run: Run, act: Act, label: str) -> None:
    """Lead the rows of each person and day to a verb together; they share its outcome."""
    customers = by_code(Customer, [row.values["customer"] for row in rows if "customer" in row.values])
    days: dict[tuple[str, Any], list[Row]] = defaultdict(list)
    for row in rows:
        days[row.values["username"].lower(), row.values["day"]].append(row)
    for (username, _day), together in days.items():
        user, first = person(run, username), together[0]
        if user is None:
            sentence = _("There is nobody called “{name}”.").format(name=username)
            for row in together:
                row.refuse(sentence, "username")
            continue
        stops = [_stop(row.values, customers) for row in together]

        def one(row: Row, user: User = user, stops: list[verbs.Stop] = stops) -> str:
            try:
                made = act(user, row, stops)
            except verbs.BadStop as refusal:
                raise Refused(refusal.sentence, field=refusal.name) from None
            if made is None:
                return "unchanged"
            run.trace.note_made(label, [made.pk])
            return "new"

        each([first], one)
        for row in together[1:]:
            row.outcome = first.outcome
            row.notes += [note for note in first.notes if not note.warning]


def _stop(values: dict[str, Any], customers: dict[str, Customer]) -> verbs.Stop:
    known = customers.get(values.get("customer", ""))
    result = values.get("result", "")
    return verbs.Stop(
        at=values.get("at"),
        place=values.get("place", ""),
        customer=known,
        customer_name=values.get("customer", ""),
        persons=values.get("persons", ""),
        topics=values.get("topics", ""),
        outcome=values.get("outcome", ""),
        result=result,
        unsolved=values.get("unsolved", ""),
    )


def _day_of_stop(values: dict[str, Any]) -> tuple[Any, ...]:
    names = ("username", "day", "at", "place", "customer", "persons", "topics", "outcome", "result")
    return tuple(values.get(name) for name in names)


def _clock(raw: str, reading: Reading) -> Any:
    """When a stop was: an instant; what is no instant is refused."""
    if raw.strip().count(":") and len(raw.strip()) <= 8:
        raise Bad(_("Write the day with the time, such as 2026-04-17 09:30."))
    return cells.instant(raw, reading)


_STOP = (
    Column("at", gettext_lazy("time"), _clock, aliases=("时间", "時間", "到达时间", "到達時間")),
    Column(
        "place",
        gettext_lazy("place"),
        cells.text(200),
        aliases=("地点", "地點", "到什么地方", "到什麼地方", "拜访地点", "拜訪地點"),
    ),
    Column(
        "customer",
        gettext_lazy("customer"),
        cells.text(120),
        aliases=(
            "客户",
            "客戶",
            "拜访客户",
            "拜訪客戶",
            "客户名称",
            "客戶名稱",
            "customer_code",
            "客户编号",
            "客戶編號",
        ),
    ),
    Column(
        "persons",
        gettext_lazy("with whom"),
        cells.text(120),
        aliases=("人员", "见了谁", "見了誰", "联系人", "聯絡人", "洽谈对象", "洽談對象", "person", "contact"),
    ),
    Column(
        "topics",
        gettext_lazy("what was talked about"),
        cells.text(2000),
        aliases=("商谈什么问题", "商談什麼問題", "商谈内容", "洽谈内容", "洽談內容"),
    ),
    Column(
        "outcome",
        gettext_lazy("conclusion"),
        cells.word(lambda: dict(Outcome.choices)),
        aliases=("结论", "結論"),
    ),
    Column(
        "result",
        gettext_lazy("result"),
        cells.text(2000),
        aliases=("结果", "結果", "解决了什么问题", "解決了什麼問題"),
    ),
    Column(
        "unsolved",
        gettext_lazy("still open"),
        cells.text(2000),
        aliases=("还存在什么问题", "還存在什麼問題", "未解决问题", "未解決問題"),
    ),
)

register(
    Kind(
        name="day-logs",
        title=gettext_lazy("Day logs"),
        rights=("exchange.import_history",),
        order=100,
        together="username",
        first_counts=True,
        take=take_logs,
        key=_day_of_stop,
        columns=(
            Column("username", gettext_lazy("user name"), cells.code(60), required=True, aliases=_WHO),
            Column("day", gettext_lazy("day"), cells.day, required=True, aliases=_DAYS),
            Column(
                "submitted_at",
                gettext_lazy("handed in at"),
                cells.past,
                required=True,
                aliases=("提交时间", "提交時間", "上报时间", "上報時間"),
            ),
            *_STOP,
            Column(
                "reflection",
                gettext_lazy("reflection"),
                cells.text(4000),
                aliases=("反思", "自我反省", "心得", "总结", "總結"),
            ),
            Column(
                "help_needed",
                gettext_lazy("help needed"),
                cells.text(2000),
                aliases=("需要公司提供何种帮助", "需要公司提供何種幫助", "需要帮助", "需要協助"),
            ),
            Column(
                "plan",
                gettext_lazy("plan for the next day"),
                cells.text(2000),
                aliases=("明天的工作计划", "明天的工作計畫", "明日计划", "明日計畫"),
            ),
            Column(
                "late_reason",
                gettext_lazy("why it is late"),
                cells.text(300),
                aliases=("迟交原因", "遲交原因", "补报原因", "補報原因"),
            ),
        ),
    )
)

register(
    Kind(
        name="desk-logs",
        title=gettext_lazy("Day logs of the control desk"),
        rights=("exchange.import_history",),
        order=101,
        together="username",
        first_counts=True,
        take=take_desk_logs,
        key=_day_of_stop,
        columns=(
            Column("username", gettext_lazy("user name"), cells.code(60), required=True, aliases=_WHO),
            Column("day", gettext_lazy("day"), cells.day, required=True, aliases=_DAYS),
            Column(
                "arrival",
                gettext_lazy("arrival"),
                cells.word(
                    lambda: dict(DeskLog.Arrival.choices),
                    on_time=("是", "准时到达", "準時到達", "准时", "準時", "yes", "y", "1"),
                    late=("否", "迟到", "遲到", "no", "n", "0"),
                    unreachable=("未接通", "联系不上", "聯絡不上", "unreached"),
                    excused=("请假", "請假", "免检", "免檢"),
                ),
                aliases=("准时到达", "準時到達", "到岗", "到崗", "晨检", "晨檢", "晨检结果", "on_time"),
            ),
            Column(
                "checked_at",
                gettext_lazy("checked at"),
                cells.past,
                aliases=("晨检时间", "晨檢時間", "晨呼时间", "早呼时间"),
            ),
            Column(
                "reported_at",
                gettext_lazy("evening call at"),
                cells.past,
                aliases=("晚汇报时间", "晚匯報時間", "汇报时间", "匯報時間", "call_start"),
            ),
            *_STOP,
            Column(
                "deviation",
                gettext_lazy("deviations from the plan"),
                cells.text(300),
                aliases=("偏差", "备注", "備註"),
            ),
        ),
    )
)
