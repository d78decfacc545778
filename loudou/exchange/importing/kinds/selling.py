"""What the days of a week and official holidays weigh for a unit or a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.references import units
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.kernel.money import parse_amount
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Funnel
from loudou.pipeline.queries.funnels import funnel_named
from loudou.targets import verbs
from loudou.targets.models import SellingCalendar

_DAYS = {
    "mon": (gettext_lazy("Monday"), ("周一", "週一", "星期一")),
    "tue": (gettext_lazy("Tuesday"), ("周二", "週二", "星期二")),
    "wed": (gettext_lazy("Wednesday"), ("周三", "週三", "星期三")),
    "thu": (gettext_lazy("Thursday"), ("周四", "週四", "星期四")),
    "fri": (gettext_lazy("Friday"), ("周五", "週五", "星期五")),
    "sat": (gettext_lazy("Saturday"), ("周六", "週六", "星期六")),
    "sun": (gettext_lazy("Sunday"), ("周日", "週日", "星期日")),
}


def take(rows: Sequence[Row], run: Run) -> None:
    """Set the selling days that are not what the row says."""
    known = {(row.unit_id, row.funnel_id): row for row in SellingCalendar.objects.all()}

    def act(row: Row) -> str:
        values = row.values
        unit, funnel = _unit(values, run), _funnel(values)
        former = known.get((unit.pk if unit else None, funnel.pk if funnel else None))
        before = {"weekdays": plain(former.weekdays), "holiday": plain(former.holiday)} if former else {}
        stored = verbs.set_selling_days(
            unit=unit,
            funnel=funnel,
            weekdays=[values[name] for name in _DAYS],
            holiday=values.get("holiday"),
            by=run.by,
        )
        if former is None:
            run.trace.note_made("targets.sellingcalendar", [stored.pk])
            return "new"
        if stored.version == former.version:
            return "unchanged"
        run.trace.note_changed(stored, before)
        return "changed"

    each(rows, act, unit="unit_code", weekdays="mon")


def weight(raw: str, reading: Reading) -> Decimal:
    """What a day weighs; 0 is a day that is shut."""
    try:
        return parse_amount(raw)
    except ValueError:
        raise Bad(_("The weight of a day is a number; 1 is an ordinary day.")) from None


def _unit(values: dict[str, Any], run: Run) -> Any:
    code = values.get("unit_code")
    unit = units(run).get(code) if code else None
    if code and unit is None:
        raise Refused(_("There is no unit with the code “{code}”.").format(code=code), field="unit_code")
    return unit


def _funnel(values: dict[str, Any]) -> Funnel | None:
    name = values.get("funnel")
    funnel = funnel_named(name) if name else None
    if name and funnel is None:
        raise Refused(_("There is no funnel “{name}”.").format(name=name), field="funnel")
    return funnel


register(
    Kind(
        name="selling-days",
        title=gettext_lazy("Selling days"),
        rights=("targets.seasons",),
        order=88,
        at_once=True,
        take=take,
        key=lambda values: (values.get("unit_code"), values.get("funnel")),
        columns=(
            columns.unit_code(),
            Column(
                "funnel", gettext_lazy("funnel"), cells.text(80), aliases=("漏斗", "销售漏斗", "銷售漏斗")
            ),
            *(
                Column(name, title, weight, required=True, aliases=aliases)
                for name, (title, aliases) in _DAYS.items()
            ),
            Column(
                "holiday",
                gettext_lazy("official holiday"),
                weight,
                aliases=("法定节假日", "法定節假日", "國定假日"),
            ),
        ),
    )
)
