"""What targets were before they were adjusted: the rows of a target are all its numbers, the one it has now last (C9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, all_of, each
from loudou.exchange.importing.kinds._texts import whole
from loudou.exchange.importing.kinds.targets import METRIC, PERIOD, number, period_of, person_of, unit_of
from loudou.exchange.importing.references import once, person_in
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.kernel.refusals import Refused
from loudou.targets import verbs
from loudou.targets.models import Cause, Target
from loudou.targets.queries import editions, stage_named

_MOST = 1_000


def take(rows: Sequence[Row], run: Run) -> None:
    """Give each target the past its rows tell, in place of the one it has."""
    pasts: dict[int, list[Row]] = {}

    def find(row: Row) -> str:
        row.values["target"] = _target(row.values, run)
        return ""

    each(rows, find)
    for row in rows:
        row.values["by"] = person_in(row, run, "set_by")
        if not row.outcome:
            pasts.setdefault(row.values["target"].pk, []).append(row)
    for together in pasts.values():
        ordered = sorted(together, key=lambda row: row.values["number"])
        all_of(ordered, lambda some: _tell(some, run))


def _target(values: dict[str, Any], run: Run) -> Target:
    unit, user = unit_of(values, run), person_of(values, run)
    period, stage = period_of(values["period"], run), None
    if name := values.get("stage"):
        funnel = values.get("funnel") or ""
        stage = once(run, f"stage {funnel} / {name}", lambda: stage_named(funnel, name, run.by))
    whose = {"person": user} if user is not None else {"unit": unit, "person": None}
    of_what = {"metric": values["metric"], "starts_on": period.start, "ends_on": period.end, "stage": stage}
    kinds = {name: values.get(name, "") for name in ("family", "segment")}
    target: Target | None = Target.objects.filter(**whose, **of_what, **kinds).first()
    if target is None:
        raise Refused(_("There is no such target; set it first."), field="period")
    return target


def _tell(rows: Sequence[Row], run: Run) -> str:
    target: Target = rows[0].values["target"]
    for place, row in enumerate(rows, 1):
        if row.values["number"] != place:
            raise Refused(_("Edition {n} of this target is missing.").format(n=place), field="number")
    before = [_plain(verbs.EditionRow.of(row)) for row in reversed(editions(target))]
    told = [
        verbs.EditionRow(
            amount=row.values["amount"],
            currency=row.values.get("currency", ""),
            cause=row.values.get("cause", ""),
            reason=row.values.get("reason", ""),
            effective_on=row.values.get("effective_on"),
            set_at=row.values["set_at"],
            set_by=row.values["by"],
        )
        for row in rows
    ]
    if not verbs.tell_editions(target, told=told, by=run.by):
        return "unchanged"
    run.trace.note_changed(target, {"editions": before})
    return "changed"


def _plain(row: verbs.EditionRow) -> list[Any]:
    amount, currency, cause, reason, effective_on, set_at, by = row.told
    day = effective_on.isoformat() if effective_on else None
    return [str(amount), currency, cause, reason, day, set_at.isoformat(), by]


register(
    Kind(
        name="target-editions",
        title=gettext_lazy("Former numbers of targets"),
        rights=("exchange.import_history",),
        order=191,
        at_once=True,
        take=take,
        key=lambda values: tuple(
            values.get(name)
            for name in (
                *("unit_code", "username", "metric", "period", "family", "segment", "funnel", "stage"),
                "number",
            )
        ),
        columns=(
            columns.unit_code(),
            columns.username(),
            METRIC,
            PERIOD,
            Column(
                "family", gettext_lazy("product family"), cells.text(80), aliases=("产品系列", "產品系列")
            ),
            Column(
                "segment", gettext_lazy("customer segment"), cells.text(80), aliases=("客户分类", "客戶分類")
            ),
            Column("funnel", gettext_lazy("funnel"), cells.text(80), aliases=("漏斗",)),
            Column("stage", gettext_lazy("stage"), cells.text(80), aliases=("阶段", "階段")),
            Column(
                "number",
                gettext_lazy("edition"),
                whole(_MOST),
                required=True,
                aliases=("版次", "版本", "次序"),
            ),
            Column(
                "amount",
                gettext_lazy("target"),
                number,
                required=True,
                aliases=("金额", "金額", "目标", "目標", "目标值", "目標值"),
            ),
            columns.currency(),
            Column(
                "cause",
                gettext_lazy("cause"),
                cells.word(lambda: dict(Cause.choices)),
                aliases=("调整原因类别", "調整原因類別"),
            ),
            Column("reason", gettext_lazy("reason"), cells.text(300), aliases=("原因", "理由")),
            Column("effective_on", gettext_lazy("effective from"), cells.day, aliases=("生效日期",)),
            Column(
                "set_at",
                gettext_lazy("set at"),
                cells.past,
                required=True,
                aliases=("设定时间", "設定時間", "调整时间", "調整時間"),
            ),
            Column("set_by", gettext_lazy("set by"), cells.text(60), aliases=("设定人", "設定人")),
        ),
    )
)
