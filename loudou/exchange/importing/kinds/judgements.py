"""What managers and directors said of deals in their forecasts, deal by deal (M22)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds.targets import PERIOD, period_of
from loudou.exchange.importing.references import by_code, once, person_in, refuse_unknown, units
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.forecasts import verbs
from loudou.forecasts.models import Level, Verdict
from loudou.people.tables import Tables
from loudou.pipeline.models import Deal


def take(rows: Sequence[Row], run: Run) -> None:
    """Take over what is not known yet, the first word first."""
    deals = by_code(Deal, (row.values["deal_code"] for row in rows))
    good = [row for row in rows if _resolve(row, deals, run)]

    def act(row: Row) -> str:
        values = row.values
        unit = values["unit"] or once(run, "tables", Tables.read).unit_of(values["user"], values["at"])
        made = verbs.import_judgement(
            values["user"],
            values["deal"],
            period=period_of(values["period"], run),
            verdict=values["verdict"],
            amount=values["amount"],
            at=values["at"],
            reason=values.get("reason", ""),
            level=values.get("level", ""),
            unit=unit,
            by=run.by,
        )
        if made is None:
            return "unchanged"
        run.trace.note_made("forecasts.judgement", [made.pk])
        return "new"

    each(sorted(good, key=lambda row: row.values["at"]), act, user="username")


def _resolve(row: Row, deals: dict[str, Deal], run: Run) -> bool:
    """Put person, deal and unit in place of their names."""
    values = row.values
    values["user"], values["deal"] = person_in(row, run, "username"), deals.get(values["deal_code"])
    if values["deal"] is None:
        refuse_unknown(row, "deal_code")
    code, values["unit"] = values.get("unit_code"), None
    if code:
        unit = units(run).get(code)
        values["unit"] = unit.pk if unit is not None else None
        if unit is None:
            refuse_unknown(row, "unit_code")
    return not row.outcome


register(
    Kind(
        name="judgements",
        title=gettext_lazy("Judgements of deals in forecasts"),
        rights=("exchange.import_history",),
        order=91,
        at_once=True,
        take=take,
        key=lambda values: tuple(values.get(name) for name in ("period", "username", "deal_code", "at")),
        columns=(
            PERIOD,
            columns.username(required=True),
            columns.deal_code(required=True),
            Column(
                "verdict",
                gettext_lazy("judgement"),
                cells.word(
                    lambda: dict(Verdict.choices),
                    **{
                        "in": ("计入", "計入"),
                        "out": ("不计入", "不計入"),
                        "open": ("撤回", "未判断", "未判斷"),
                    },
                ),
                required=True,
                aliases=("判断", "判斷"),
            ),
            Column(
                "at", gettext_lazy("when"), cells.past, required=True, aliases=("时间", "時間", "判断时间")
            ),
            Column(
                "amount",
                gettext_lazy("amount"),
                cells.amount,
                required=True,
                aliases=("金额", "金額"),
            ),
            Column("reason", gettext_lazy("reason"), cells.text(300), aliases=("原因", "理由")),
            Column(
                "level",
                gettext_lazy("forecast level"),
                cells.word(lambda: dict(Level.choices)),
                aliases=("层级", "層級"),
            ),
            columns.unit_code(),
        ),
    )
)
