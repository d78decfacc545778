"""Export of what was handed in on forms: one row a record, its answers as they are kept."""

from __future__ import annotations

import json
from datetime import tzinfo

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.forms.lens import RecordLens
from loudou.forms.models import FormRecord
from loudou.people.models import User


def _records(user: User | None, filters: Filters) -> Rows:
    chosen = RecordLens.read(filters, user).records.visible_to(user, "exchange.export")
    found = chosen.select_related("form", "author", "customer", "deal").defer(
        "search", "customer__search", "customer__extra", "deal__search", "deal__extra"
    )
    return found.order_by("id")  # type: ignore[no-any-return]


def _record(made: FormRecord, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    said = {code: answer for code, answer in made.answers.items() if not isinstance(answer, dict)}
    said = {code: answer for code, answer in said.items() if answer not in (None, [])}
    return (
        made.code,
        made.form.code,
        made.author.username,
        instant(made.submitted_at, zone),
        made.customer.code if made.customer else None,
        made.deal.code if made.deal else None,
        json.dumps(said, ensure_ascii=False) if said else None,
        made.minutes,
        instant(made.opened_at, zone),
        instant(made.used_at, zone),
        "true" if made.flags else None,
    )


FORM_SHEETS = (
    Sheet(
        "form-records",
        gettext_lazy("Filled-in forms"),
        (
            *("code", "form_code", "username", "submitted_at", "customer_code", "deal_code", "answers"),
            *("minutes", "read_at", "used_at", "flagged"),
        ),
        "forms.see_records",
        _records,
        _record,
        lens=RecordLens,
        persons=True,
    ),
)
