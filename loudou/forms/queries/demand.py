"""What the forms in force ask of a salesperson a day, as they were justified."""

from __future__ import annotations

from decimal import Decimal

from loudou.forms.models import Form, FormVersion, Period

ROLE = "rep"
# Working days a period has on an average (250 a year).
_DAYS = {
    Period.DAY: Decimal(1),
    Period.WEEK: Decimal(5),
    Period.MONTH: Decimal(250) / 12,
    Period.QUARTER: Decimal(250) / 4,
}


def a_day(version: FormVersion) -> Decimal:
    """Minutes a working day that a form is said to take of who fills it in."""
    return version.minutes * version.times / _DAYS[Period(version.period)]


def demand(forms: list[Form]) -> Decimal:
    """Minutes a working day of a salesperson of whom all these forms are asked."""
    versions = [form.current for form in forms if form.current is not None]
    return sum((a_day(one) for one in versions if ROLE in one.fillers), Decimal(0))


def demand_with(version: FormVersion) -> Decimal:
    """The same for those whom a new version is for, were it in force."""
    asked = Form.objects.issued().exclude(pk=version.form_id).select_related("current")
    unit = version.form.unit
    above = unit.ancestor_ids() if unit is not None else []
    others = [form for form in asked if form.unit_id is None or form.unit_id in above]
    mine = a_day(version) if ROLE in version.fillers else Decimal(0)
    return demand(others) + mine
