"""What was done with customers: visits, calls and the like, as people kept them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import as_there
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds._about import BLAMED, bring, known, resolved, said
from loudou.exchange.importing.references import remember
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity
from loudou.journal.record import plain
from loudou.kernel.refusals import Refused
from loudou.people.access import may

_FIELDS = ("kind", "at", "customer", "deal", "contact", "result", "next_step", "next_on")


def take(rows: Sequence[Row], run: Run) -> None:
    """Take over activities that are new, correct those that came before; without the right to history by hand."""
    good = resolved(rows, run)
    there = known(Activity.objects.select_related("owner", "customer", "deal"), good, run, _told_by)
    fresh = [row for row in good if id(row) not in there]
    if may(run.by, "exchange.import_history"):
        wanted = [verbs.ActivityRow(**said(row, ("owner", "code", *_FIELDS))) for row in fresh]
        bring(fresh, wanted, verbs.import_activities, run, _told_by)
    else:
        each(fresh, lambda row: _log(row, run), **BLAMED)
    each([row for row in good if id(row) in there], lambda row: _correct(there[id(row)], row, run), **BLAMED)


def _told_by(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells activities apart that have neither code nor source."""
    names = ("kind", "at", "owner_username", "customer_code", "deal_code", "contact")
    return tuple(values.get(name) for name in names)


def _log(row: Row, run: Run) -> str:
    activity = verbs.log_activity(by=run.by, **said(row, ("owner", "code", *_FIELDS)))
    run.trace.note_made("fieldwork.activity", [activity.pk])
    if not run.dry:
        remember(run, [(row, activity.pk)], fallback=_told_by)
    return "new"


def _correct(activity: Activity, row: Row, run: Run) -> str:
    if activity.owner_id != row.values["owner"].pk:
        raise Refused(_("It was done by somebody else; annul it and record it anew."), field="owner")
    told = as_there(activity, said(row, _FIELDS))
    before = {name: plain(getattr(activity, name)) for name in told if getattr(activity, name) != told[name]}
    if not before:
        return "unchanged"
    corrected = verbs.edit_activity(activity, by=run.by, **{name: told[name] for name in before})
    if corrected.version == activity.version:
        return "unchanged"
    run.trace.note_changed(activity, before)
    return "changed"


register(
    Kind(
        name="activities",
        title=gettext_lazy("Activities"),
        rights=("fieldwork.log", "exchange.import_history"),
        order=80,
        together="owner_username",
        take=take,
        key=lambda values: values.get("code"),
        columns=(
            columns.number("活动编号", "记录编号", "活動編號", "activity_id", "ID"),
            Column(
                "kind",
                gettext_lazy("kind"),
                cells.word(
                    lambda: dict(Activity.Kind.choices),
                    visit=(
                        "上门拜访",
                        "现场拜访",
                        "实地拜访",
                        "外勤拜访",
                        "客户拜访",
                        "面访",
                        "拜訪客戶",
                        "field visit",
                    ),
                    call=("电话", "电话沟通", "电话拜访", "通话", "電訪", "phone", "phone call"),
                    meeting=("会议", "线上会议", "视频会议", "来访", "接待", "線上會議", "視訊會議", "video"),
                    message=("微信", "短信", "QQ", "LINE", "簡訊", "即时消息", "wechat", "sms", "chat"),
                    email=("邮件", "电子邮件", "電子郵件", "E-mail", "mail"),
                    demo=("演示", "产品演示", "展示", "产品展示", "試用"),
                    proposal=("提案", "方案", "报价", "提交方案", "报价单", "報價", "quote", "quotation"),
                    other=("其他", "其它", "任务", "备注", "待办", "任務", "備註", "task", "note"),
                ),
                required=True,
                aliases=(
                    "类型",
                    "活动类型",
                    "跟进方式",
                    "跟进类型",
                    "類型",
                    "活動類型",
                    "type",
                    "activity_type",
                ),
            ),
            Column(
                "at",
                gettext_lazy("time"),
                cells.past,
                required=True,
                aliases=(
                    "时间",
                    "日期",
                    "跟进时间",
                    "拜访时间",
                    "時間",
                    "活动时间",
                    "拜訪時間",
                    "date",
                    "Marked as done time",
                ),
            ),
            columns.owner("拜访人", "Assigned to user", title=gettext_lazy("done by"), required=True),
            columns.customer_code("customer"),
            columns.deal_code("deal"),
            Column(
                "contact",
                gettext_lazy("with whom"),
                cells.text(120),
                aliases=("联系人", "拜访对象", "客户联系人", "聯絡人", "拜訪對象", "person"),
            ),
            Column(
                "result",
                gettext_lazy("result"),
                cells.text(4000),
                aliases=("结果", "跟进内容", "跟进记录", "拜访结果", "結果", "内容", "沟通内容", "subject"),
            ),
            Column(
                "next_step",
                gettext_lazy("next step"),
                cells.text(300),
                aliases=("下一步", "下次计划", "下一步计划", "下一步行动", "下一步計畫"),
            ),
            Column(
                "next_on",
                gettext_lazy("next step on"),
                cells.day,
                aliases=("下次跟进时间", "下次联系时间", "下一步日期", "下次聯絡時間"),
            ),
            *columns.origin(),
        ),
    )
)
