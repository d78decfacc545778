"""Early warnings, how people answered them, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds._texts import whole, yes
from loudou.exchange.importing.references import by_code, once, person_in, refuse_unknown, units
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.people.tables import Tables
from loudou.pipeline.models import Deal
from loudou.warnings import verbs
from loudou.warnings.events import HOW, SIGNS
from loudou.warnings.models import EarlyWarning

_TOLD = (
    *("sign", "raised_at", "amount", "number", "announced", "since", "comes_at", "state", "asked_at"),
    *("level", "until", "reason", "answered_at", "ended_at", "how"),
)


def take(rows: Sequence[Row], run: Run) -> None:
    """Take over warnings that are new, the earliest first."""
    deals = by_code(Deal, (row.values["deal_code"] for row in rows))
    good = [row for row in rows if _resolve(row, deals, run)]
    each(sorted(good, key=lambda row: row.values["raised_at"]), lambda row: _take(row, run))


def _resolve(row: Row, deals: dict[str, Deal], run: Run) -> bool:
    """Put deal, people and unit in place of their names."""
    values = row.values
    values["deal"], values["owner"] = deals.get(values["deal_code"]), person_in(row, run)
    values["answerer"] = person_in(row, run, "answered_by")
    if values["deal"] is None:
        refuse_unknown(row, "deal_code")
    if (code := values.get("unit_code")) and code not in units(run):
        refuse_unknown(row, "unit_code")
    return not row.outcome


def _take(row: Row, run: Run) -> str:
    values, tables = row.values, once(run, "tables", Tables.read)
    code, owner = values.get("unit_code"), values["owner"]
    unit = units(run)[code].pk if code else tables.unit_of(owner, values["raised_at"])
    told = {name: values[name] for name in _TOLD if name in values}
    outcome = verbs.import_warning(
        verbs.WarningRow(values["deal"], owner=owner, unit_id=unit, answered_by=values["answerer"], **told),
        by=run.by,
    )
    if outcome is None:
        return "unchanged"
    warning, before = outcome
    if warning.state != values.get("state", warning.state):
        row.warn(
            _("A dispute waits for a signature where it was raised; here the warning is open again."), "state"
        )
    if before is None:
        run.trace.note_made("warnings.earlywarning", [warning.pk])
        return "new"
    run.trace.note_changed(warning, {name: plain(value) for name, value in before.items()})
    return "changed"


register(
    Kind(
        name="warnings",
        title=gettext_lazy("Early warnings"),
        rights=("exchange.import_history",),
        order=192,
        together="deal_code",
        take=take,
        key=lambda values: tuple(
            values.get(name) for name in ("deal_code", "sign", "raised_at", "announced")
        ),
        columns=(
            columns.deal_code(required=True),
            Column(
                "sign",
                gettext_lazy("sign"),
                cells.word(lambda: SIGNS),
                required=True,
                aliases=("迹象", "跡象"),
            ),
            columns.owner(required=True),
            Column(
                "raised_at",
                gettext_lazy("raised at"),
                cells.past,
                required=True,
                aliases=("预警时间", "預警時間"),
            ),
            # Which problem its sign announces follows from the sign; an export says it for whoever reads it.
            Column("announces", gettext_lazy("which problem it announces"), cells.text(40)),
            Column("number", gettext_lazy("days, times or items"), whole(100_000), aliases=("数量", "數量")),
            Column("amount", gettext_lazy("amount"), cells.amount, aliases=("金额", "金額")),
            Column("announced", gettext_lazy("announced"), yes, aliases=("事先预警", "事先預警")),
            Column("comes_at", gettext_lazy("comes at"), cells.instant, aliases=("问题时间", "問題時間")),
            Column(
                "state",
                gettext_lazy("state"),
                cells.word(lambda: dict(EarlyWarning.State.choices)),
                aliases=("状态", "狀態"),
            ),
            Column("until", gettext_lazy("until"), cells.day, aliases=("推迟到", "延後到")),
            Column("reason", gettext_lazy("reason"), cells.text(300), aliases=("原因", "理由")),
            Column("answered_at", gettext_lazy("answered at"), cells.past, aliases=("答复时间", "答覆時間")),
            Column("answered_by", gettext_lazy("answered by"), cells.text(60), aliases=("答复人", "答覆人")),
            Column("ended_at", gettext_lazy("ended at"), cells.past, aliases=("结束时间", "結束時間")),
            Column("how", gettext_lazy("how it ended"), cells.word(lambda: HOW), aliases=("结果", "結果")),
            Column(
                "since",
                gettext_lazy("in the stage since"),
                cells.past,
                aliases=("进入阶段时间", "進入階段時間"),
            ),
            Column("asked_at", gettext_lazy("asked at"), cells.past, aliases=("询问时间", "詢問時間")),
            Column("level", gettext_lazy("superiors told"), whole(9), aliases=("上报级数", "上報級數")),
            columns.unit_code(),
        ),
    )
)
