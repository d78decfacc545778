"""What an activity may say."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from loudou.fieldwork.models import Activity
from loudou.journal import numbers
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation
from loudou.pipeline.models import Deal
from loudou.ui.texts import kept

TEXTS = {"contact": 120, "result": 4000, "next_step": 300, "code": 60}
FIELDS = ("kind", "at", "customer", "deal", "contact", "result", "next_step", "next_on")


def cleaned(values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are kept; refuses the first that cannot be."""
    clean = {}
    for name, value in values.items():
        if name not in (*FIELDS, "code"):
            raise Refused(_("“{field}” cannot be changed this way.").format(field=name), field=name)
        clean[name] = _text(name, value) if name in TEXTS else value
    if "kind" in clean and clean["kind"] not in Activity.Kind.values:
        raise Refused(_("Choose what it was."), field="kind")
    if "next_on" in clean and clean["next_on"] is not None and not isinstance(clean["next_on"], date):
        raise Refused(_("Write a day such as 2026-04-17."), field="next_on")
    return clean


def place(activity: Activity, company: Organisation) -> None:
    """Set what follows from where and when it was: the customer of its deal, the day."""
    deal: Deal | None = activity.deal
    if deal is not None and activity.customer_id is None:
        activity.customer_id = deal.customer_id
    if activity.customer_id is None and deal is None:
        raise Refused(_("Name the customer or the deal it was about."), field="customer")
    if deal is not None and deal.customer_id not in (None, activity.customer_id):
        raise Refused(_("The deal belongs to another customer."), field="deal")
    activity.day = activity.at.astimezone(company.zone).date()


def refuse_time(at: datetime, company: Organisation, *, back: bool) -> None:
    """Refuse the future and, without the right to date back (`back`), what is too long ago (B0.1)."""
    now = clock.now()
    if at > now:
        raise Refused(_("This lies in the future."), field="at")
    if not back and now - at > timedelta(days=company.back_date_days):
        sentence = _("More than {days} days back must be entered by a superior of the owner.")
        raise Refused(sentence.format(days=company.back_date_days), field="at")


next_codes = partial(numbers.next_codes, Activity, "fieldwork_activity_number", "HD-")


def _text(field: str, value: Any) -> str:
    return kept(value, field, longest=TEXTS[field], lines=field == "result")
