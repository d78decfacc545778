"""Exchange rates. A plan rate carries funnel and target for a fiscal year, a spot rate the events of its days."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.people import verbs
from loudou.people.models import Rate


def take(rows: Sequence[Row], run: Run) -> None:
    """Set the rates that are not what the row says."""
    known = {(rate.currency, rate.kind, rate.valid_from): rate for rate in Rate.objects.all()}

    def act(row: Row) -> str:
        values = row.values
        former = known.get((values["currency"], values["kind"], values["valid_from"]))
        if former is not None and former.rate == values["rate"]:
            return "unchanged"
        rate = verbs.set_rate(
            currency=values["currency"],
            kind=values["kind"],
            valid_from=values["valid_from"],
            rate=values["rate"],
            by=run.by,
        )
        if former is None:
            run.trace.note_made("people.rate", [rate.pk])
            return "new"
        run.trace.note_changed(rate, {"rate": str(former.rate)})
        return "changed"

    each(rows, act)


register(
    Kind(
        name="rates",
        title=gettext_lazy("Exchange rates"),
        rights=("people.rates",),
        order=5,
        at_once=True,
        take=take,
        key=lambda values: (values.get("currency"), values.get("kind"), values.get("valid_from")),
        columns=(
            columns.currency(required=True),
            Column(
                "valid_from",
                gettext_lazy("valid from"),
                cells.day,
                required=True,
                aliases=("生效日期", "起始日期", "生效日", "日期"),
            ),
            Column(
                "kind",
                gettext_lazy("kind"),
                cells.word(
                    lambda: dict(Rate.Kind.choices),
                    plan=("计划", "计划汇率", "計畫匯率", "年度汇率"),
                    spot=("即期", "即期汇率", "即期匯率", "实时汇率"),
                ),
                required=True,
                aliases=("类型", "汇率类型", "匯率類型", "類型"),
            ),
            Column("rate", gettext_lazy("rate"), cells.rate, required=True, aliases=("汇率", "匯率")),
        ),
    )
)
