"""Reading what was handed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from loudou.forms import events
from loudou.forms.models import FormFile, FormRecord, Reading
from loudou.journal.queries import sum_by
from loudou.kernel import clock
from loudou.people.models import User

SHOWN = 8


def rows(keys: Iterable[int]) -> list[FormRecord]:
    """Records with what a list shows of them."""
    found = FormRecord.objects.filter(pk__in=list(keys))
    return list(
        found.select_related("form", "form_version", "author", "unit", "customer", "deal").defer(
            "search", "customer__search", "customer__extra", "deal__search", "deal__extra"
        )
    )


def editions(made: FormRecord) -> list[FormRecord]:
    """Every edition of it, the last one first."""
    return list(
        FormRecord.objects.filter(code=made.code, form=made.form_id)
        .select_related("form_version")
        .order_by("-edition")
    )


def readings(made: FormRecord) -> Sequence[Reading]:
    """Who read it, the first one first, of all editions."""
    return list(
        Reading.objects.filter(record__code=made.code).select_related("reader").order_by("read_at", "pk")
    )


def photos(made: FormRecord) -> dict[str, int]:
    """The photos that came with any edition of a record: digest → key."""
    files = FormFile.objects.filter(record__code=made.code)
    return dict(files.values_list("sha256", "pk"))


def records_taken_out(user: User, span: timedelta) -> int:
    """How many records a person took out as tables, within a span until now; each counts as somebody."""
    return sum_by(user, events.TAKEN_OUT, clock.now() - span, "count")
