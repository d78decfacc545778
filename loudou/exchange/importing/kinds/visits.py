"""Visits: planned ones, and what became of those that were made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import as_there
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds._about import BLAMED, known, resolved, said
from loudou.exchange.importing.kinds._texts import several, yes
from loudou.exchange.importing.references import remember
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.fieldwork import verbs
from loudou.fieldwork.models import VisitPlan
from loudou.journal.record import plain
from loudou.kernel.refusals import Refused
from loudou.people.access import may

_PLAN = (
    *("customer", "deal", "contact", "starts_at", "place", "method"),
    *("background", "objectives", "strategy", "questions", "materials"),
)
_PAST = (
    *("submitted_at", "approved_at", "executed_at", "recorded_at", "reviewed_at", "emergency_reason"),
    *("cancelled_reason", "by_customer", "persons", "results", "unresolved", "next_step", "next_on"),
)
_BLAMED = {**BLAMED, "objective_1": "objectives", "people": "persons"}


def take(rows: Sequence[Row], run: Run) -> None:
    """Plan visits that are new, change plans that came before; with the right to history made ones come as they were."""
    good = resolved(rows, run)
    related = ("owner", "customer", "deal")
    there = known(VisitPlan.objects.select_related(*related), good, run, _told_by)
    history = may(run.by, "exchange.import_history")

    def act(row: Row) -> str:
        if (plan := there.get(id(row))) is not None:
            return _change(plan, row, run)
        made = _bring(row, run) if history else _plan(row, run)
        run.trace.note_made("fieldwork.visitplan", [made.pk])
        if not run.dry:
            remember(run, [(row, made.pk)], fallback=_told_by)
        return "new"

    each(good, act, **_BLAMED)


def _told_by(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells visits apart that have neither code nor source."""
    return tuple(values.get(name) for name in ("starts_at", "owner_username", "customer_code", "deal_code"))


def _bring(row: Row, run: Run) -> VisitPlan:
    told = said(row, ("owner", "code", *_PAST))
    return verbs.import_visit(verbs.VisitRow(plan=said(row, _PLAN), **told), by=run.by)


def _plan(row: Row, run: Run) -> VisitPlan:
    if run.by is None or row.values["owner"].pk != run.by.pk:
        raise Refused(_("Everybody plans their own visits."), field="owner")
    if said(row, _PAST):
        raise Refused(_("What was made can be imported only with the right to history."), field="executed_at")
    return verbs.plan_visit(by=run.by, **said(row, _PLAN))


def _change(plan: VisitPlan, row: Row, run: Run) -> str:
    """A plan that has changed is changed by its owner, while it is one; what was made stays as it was."""
    told = as_there(plan, said(row, _PLAN))
    before = {name: plain(getattr(plan, name)) for name in told if getattr(plan, name) != told[name]}
    if not before:
        return "unchanged"
    if run.by is not None and run.by.pk != plan.owner_id:
        raise Refused(_("Everybody plans their own visits."), field="owner")
    verbs.edit_visit(plan, by=plan.owner, **{name: told[name] for name in before})
    run.trace.note_changed(plan, before)
    return "changed"


def _step(name: str, title: Any, *aliases: str) -> Column:
    return Column(name, title, cells.past, aliases=aliases)


register(
    Kind(
        name="visits",
        title=gettext_lazy("Visits"),
        rights=("fieldwork.visit", "exchange.import_history"),
        order=82,
        together="owner_username",
        take=take,
        key=lambda values: values.get("code"),
        columns=(
            columns.number("拜访编号", "拜訪編號", "visit_id", "ID"),
            columns.owner("拜访人", title=gettext_lazy("done by"), required=True),
            Column(
                "starts_at",
                gettext_lazy("planned for"),
                cells.instant,
                required=True,
                aliases=("计划时间", "計畫時間", "拜访时间", "拜訪時間", "计划拜访时间", "planned_at"),
            ),
            columns.customer_code("customer"),
            columns.deal_code("deal"),
            Column(
                "contact",
                gettext_lazy("with whom"),
                cells.text(120),
                aliases=("拜访对象", "拜訪對象", "联系人", "聯絡人"),
            ),
            Column("place", gettext_lazy("place"), cells.text(300), aliases=("地点", "地點", "拜访地点")),
            Column(
                "method",
                gettext_lazy("method"),
                cells.word(
                    lambda: dict(VisitPlan.Method.choices),
                    on_site=("上门", "上門", "现场", "現場"),
                    phone=("电话", "電話"),
                    video=("视频", "視訊"),
                ),
                aliases=("方式", "拜访方式", "拜訪方式"),
            ),
            Column(
                "background",
                gettext_lazy("background, situation"),
                cells.text(4000),
                aliases=("背景、状况", "背景、狀況", "背景"),
            ),
            Column(
                "objectives",
                gettext_lazy("objectives"),
                several(1000),
                aliases=("目标", "目標", "拜访目标", "拜訪目標"),
            ),
            Column(
                "strategy",
                gettext_lazy("strategy"),
                cells.text(4000),
                aliases=("策略", "拜访策略", "拜訪策略"),
            ),
            Column(
                "questions", gettext_lazy("questions"), several(2000), aliases=("问题", "問題", "拟提问题")
            ),
            Column(
                "materials", gettext_lazy("materials"), cells.text(300), aliases=("资料", "資料", "携带资料")
            ),
            _step("submitted_at", gettext_lazy("submitted at"), "提交时间", "提交時間"),
            _step("approved_at", gettext_lazy("signed at"), "签字时间", "簽字時間"),
            _step("executed_at", gettext_lazy("checked in at"), "签到时间", "簽到時間"),
            _step("recorded_at", gettext_lazy("recorded at"), "记录时间", "紀錄時間"),
            _step("reviewed_at", gettext_lazy("reviewed at"), "回顾时间", "回顧時間"),
            Column(
                "emergency_reason",
                gettext_lazy("why it could not wait"),
                cells.text(300),
                aliases=("紧急原因", "緊急原因"),
            ),
            Column(
                "cancelled_reason",
                gettext_lazy("why it was called off"),
                cells.text(300),
                aliases=("取消原因",),
            ),
            Column(
                "by_customer",
                gettext_lazy("called off by the customer"),
                yes,
                aliases=("客户取消", "客戶取消"),
            ),
            Column("persons", gettext_lazy("persons met"), several(600), aliases=("见到的人", "見到的人")),
            Column(
                "results",
                gettext_lazy("results"),
                several(2000),
                aliases=("拜访结果", "拜訪結果", "结果", "結果"),
            ),
            Column(
                "unresolved",
                gettext_lazy("still unresolved"),
                several(1000),
                aliases=("尚未解决的问题", "尚未解決的問題"),
            ),
            Column("next_step", gettext_lazy("next step"), cells.text(300), aliases=("下一步",)),
            Column("next_on", gettext_lazy("next step on"), cells.day, aliases=("下一步日期",)),
            *columns.origin(),
        ),
    )
)
