"""Phone records, as people kept them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import alike
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds._about import BLAMED, bring, known, resolved, said
from loudou.exchange.importing.kinds._texts import whole
from loudou.exchange.importing.references import person_in, remember
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.fieldwork import verbs
from loudou.fieldwork.models import PhoneCall
from loudou.kernel.refusals import Refused
from loudou.people.access import may

_PEOPLE = {"taker": "taker_username", "colleague": "colleague_username"}
_FIELDS = (
    *("taker", "at", "colleague", "name", "phone", "customer", "deal", "minutes", "matter", "reply"),
    *("owner", "due_on", "result"),
)
_BLAMED = {**BLAMED, **_PEOPLE, "caller": "name"}


def take(rows: Sequence[Row], run: Run) -> None:
    """Take over records that are new; without the right to history by hand. One that is there stays as it is."""
    for row in rows:
        for name, column in _PEOPLE.items():
            row.values[name] = person_in(row, run, column)
    good = resolved([row for row in rows if row.outcome != "refused"], run)
    related = ("taker", "owner", "colleague", "customer", "deal")
    there = known(PhoneCall.objects.select_related(*related), good, run, _told_by)
    fresh = [row for row in good if id(row) not in there]
    if may(run.by, "exchange.import_history"):
        wanted = [verbs.CallRow(**_said(row)) for row in fresh]
        bring(fresh, wanted, verbs.import_calls, run, _told_by, _BLAMED)
    else:
        each(fresh, lambda row: _take(row, run), **_BLAMED)
    each([row for row in good if id(row) in there], lambda row: _same(there[id(row)], row), **_BLAMED)


def _told_by(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells calls apart that have neither code nor source."""
    return tuple(values.get(name) for name in ("at", "taker_username", "phone", "name", "customer_code"))


def _said(row: Row) -> dict[str, Any]:
    """What a row says; a masked number, as an export shows it to who may not read it, says nothing."""
    told = said(row, ("code", *_FIELDS))
    if "*" in told.get("phone", ""):
        del told["phone"]
    return told


def _take(row: Row, run: Run) -> str:
    told = _said(row)
    if told.pop("result", ""):
        raise Refused(_("What is over can be imported only with the right to history."), field="result")
    call = verbs.take_call(by=run.by, **told)
    run.trace.note_made("fieldwork.phonecall", [call.pk])
    if not run.dry:
        remember(run, [(row, call.pk)], fallback=_told_by)
    return "new"


def _same(call: PhoneCall, row: Row) -> str:
    """What was noted of a call is never changed: the same row again is the same record, another one is refused."""
    told = _said(row)
    if "phone" in told:
        told["phone"] = verbs.number_as_kept(told["phone"])
    if all(alike(getattr(call, name), value) for name, value in told.items()):
        return "unchanged"
    raise Refused(_("It stands as it was noted; annul it and write it anew."), field="matter")


register(
    Kind(
        name="calls",
        title=gettext_lazy("Phone records"),
        rights=("fieldwork.take_call", "exchange.import_history"),
        order=83,
        together="taker_username",
        take=take,
        key=lambda values: values.get("code"),
        columns=(
            columns.number(
                *("电话记录编号", "電話紀錄編號", "call_id", "ID"),
                title=gettext_lazy("number of the record"),  # a number by itself is the caller's
            ),
            Column(
                "at",
                gettext_lazy("time"),
                cells.past,
                required=True,
                aliases=("来电时间", "來電時間", "通话时间", "通話時間", "时间", "時間", "call_time"),
            ),
            Column(
                "taker_username",
                gettext_lazy("call taken by"),
                cells.text(60),
                True,
                ("接听人", "接聽人", "记录人", "紀錄人", "接电话的人"),
            ),
            Column(
                "colleague_username",
                gettext_lazy("calling salesperson"),
                cells.text(60),
                aliases=("来电业务员", "來電業務員", "来电同事"),
            ),
            Column(
                "name",
                gettext_lazy("caller's name"),
                cells.text(120),
                aliases=("来电人", "來電人", "联系人", "聯絡人", "caller"),
            ),
            Column(
                "phone",
                gettext_lazy("phone"),
                cells.text(40),
                aliases=("来电号码", "來電號碼", "电话", "電話", "手机", "手機", "number"),
            ),
            columns.customer_code("customer"),
            columns.deal_code("deal"),
            Column(
                "minutes",
                gettext_lazy("minutes"),
                whole(600),
                aliases=("通话时长", "通話時長", "时长", "時長", "分钟", "分鐘"),
            ),
            Column(
                "matter",
                gettext_lazy("matter"),
                cells.text(2000),
                required=True,
                aliases=("事由", "来电事由", "來電事由", "内容", "內容", "subject"),
            ),
            Column(
                "reply", gettext_lazy("reply"), cells.text(2000), aliases=("答复", "答覆", "回复", "回覆")
            ),
            columns.owner("跟进责任人", "跟進責任人", title=gettext_lazy("followed up by")),
            Column(
                "due_on",
                gettext_lazy("due on"),
                cells.day,
                aliases=("截止日期", "到期日", "答复期限", "答覆期限", "due_date"),
            ),
            Column(
                "result",
                gettext_lazy("result"),
                cells.text(500),
                aliases=("结果", "結果", "处理结果", "處理結果"),
            ),
            *columns.origin(),
        ),
    )
)
