"""Forecasts handed in elsewhere: one row a person or manager and period, the history of what was submitted."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds._texts import period as read_period
from loudou.exchange.importing.kinds._texts import yes
from loudou.exchange.importing.references import company, once, person
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.forecasts import verbs
from loudou.forecasts.models import Level
from loudou.kernel.numbers import ZERO
from loudou.people.tables import Tables

_ALSO = ("comment", "submitted_at", "late", "reopened_at", "reopened_because", "limit", "level")


def take(rows: Sequence[Row], run: Run) -> None:
    """Take the numbers over that are not known yet; whoever handed in belongs to their unit of that time."""
    fiscal = company(run).fiscal
    tables = once(run, "tables", Tables.read)

    def act(row: Row) -> str:
        values = row.values
        user = person(run, values["username"])
        if user is None:
            row.refuse(_("There is nobody called “{name}”.").format(name=values["username"]), "username")
            return "refused"
        try:
            period = fiscal.parse(values["period"])
        except ValueError:
            row.refuse(_("A period is written 2026, 2026-Q2, 2026-04 or 2026-W17."), "period")
            return "refused"
        locked_at = values.get("locked_at")
        then = locked_at or values.get("submitted_at")
        made = verbs.import_submission(
            user,
            period=period,
            submitted=values["submitted"],
            adjustment=values.get("adjustment") or ZERO,
            reason=values.get("reason", ""),
            locked_at=locked_at,
            **{name: values[name] for name in _ALSO if name in values},
            unit=tables.unit_of(user, then) if then else user.unit_id,
            by=run.by,
        )
        if made is None:
            return "unchanged"
        run.trace.note_made("forecasts.submission", [made.pk])
        return "new"

    each(rows, act)


register(
    Kind(
        name="forecasts",
        title=gettext_lazy("Forecasts"),
        rights=("exchange.import_history",),
        order=90,
        at_once=True,
        take=take,
        first_counts=True,
        key=lambda values: (
            values.get("period"),
            str(values.get("username", "")).lower(),
            values.get("locked_at"),
            values.get("submitted"),
            values.get("adjustment"),
            values.get("submitted_at"),
        ),
        columns=(
            Column(
                "period",
                gettext_lazy("period"),
                read_period,
                required=True,
                aliases=("期间", "期間", "预测期间", "預測期間", "月份"),
            ),
            Column(
                "username",
                gettext_lazy("user name"),
                cells.code(60),
                required=True,
                aliases=("用户名", "使用者名稱", "账号", "帳號", "人员", "人員", "姓名"),
            ),
            Column(
                "submitted",
                gettext_lazy("forecast"),
                cells.amount,
                required=True,
                aliases=(
                    "预测",
                    "預測",
                    "提交",
                    "提交金额",
                    "提交金額",
                    "上报",
                    "上報",
                    "预测金额",
                    "預測金額",
                ),
            ),
            Column(
                "adjustment",
                gettext_lazy("adjustment"),
                cells.signed,
                aliases=("调整", "調整", "调整额", "調整額"),
            ),
            Column(
                "reason",
                gettext_lazy("reason"),
                cells.text(300),
                aliases=("原因", "理由", "调整原因", "調整原因"),
            ),
            Column(
                "locked_at",
                gettext_lazy("locked at"),
                cells.past,
                aliases=("锁定时间", "鎖定時間", "锁定于", "鎖定於"),
            ),
            Column(
                "submitted_at",
                gettext_lazy("handed in at"),
                cells.past,
                aliases=("提交时间", "提交時間", "上报时间", "上報時間"),
            ),
            Column("late", gettext_lazy("handed in late"), yes, aliases=("迟交", "遲交", "逾期提交")),
            Column(
                "comment",
                gettext_lazy("comment"),
                cells.text(600),
                aliases=("说明", "說明", "备注", "備註"),
            ),
            Column(
                "reopened_at",
                gettext_lazy("reopened at"),
                cells.past,
                aliases=("重开时间", "重開時間"),
                beside="locked_at",
            ),
            Column(
                "reopened_because",
                gettext_lazy("why it was reopened"),
                cells.text(300),
                aliases=("重开原因", "重開原因"),
                beside="reopened_at",
            ),
            Column(
                "limit",
                gettext_lazy("limit of the error"),
                cells.chance,
                aliases=("误差限度", "誤差限度", "限度"),
                beside="locked_at",
            ),
            Column(
                "level",
                gettext_lazy("forecast level"),
                cells.word(lambda: dict(Level.choices)),
                aliases=("层级", "層級"),
            ),
        ),
    )
)
