"""What every record is, by whatever door it came: what it is about, until when it is to be read, what it is found by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from loudou.forms.figures.fields import CUSTOMER, DEAL, shown
from loudou.forms.figures.worth import READ_WITHIN
from loudou.forms.models import FormRecord, FormVersion
from loudou.kernel.periods import midnight
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal
from loudou.ui.search import vector


def about(version: FormVersion, answers: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The customer and the deal it is about; the deal's customer where only the deal is named."""
    named = {
        kind: next(
            (answers[one.code]["id"] for one in version.questions if one.kind == kind and answers[one.code]),
            None,
        )
        for kind in (CUSTOMER, DEAL)
    }
    deal = named[DEAL]
    if named[CUSTOMER] is None and deal is not None:
        named[CUSTOMER] = Deal.objects.filter(pk=deal).values_list("customer", flat=True).first()
    return named[CUSTOMER], named[DEAL]


def read_until(submitted_at: datetime) -> datetime:
    """The end of the fifth working day after it was handed in (M47)."""
    company = organisation()
    day = company.calendar.work_calendar().add(submitted_at.astimezone(company.zone).date(), READ_WITHIN)
    return midnight(day + timedelta(days=1), company.zone)


def searched(made: FormRecord) -> str:
    """What a record is found by: its number, its author, its answers."""
    texts = [shown(one, made.answers.get(one.code)) for one in made.form_version.questions]
    return vector([made.author.name, *(text[:200] for text in texts if text)], codes=[made.code])
