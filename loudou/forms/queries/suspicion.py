"""Looking for what makes a record suspicious (M47 水分率), by the rules that day logs are looked at with."""

from __future__ import annotations

from datetime import timedelta

from loudou.customers.models import Customer
from loudou.daylog.figures.dual import plain
from loudou.daylog.figures.flags import Stop, batch_filled, impossible_travel, near_duplicate
from loudou.fieldwork.models import Activity, VisitPlan
from loudou.forms.figures.fields import PLACE, WRITTEN, shown
from loudou.forms.models import FormRecord

COMPARED = 20
LETTERS = 600  # of a text that are compared: comparing costs their square
BATCH_WITHIN = timedelta(minutes=3)


def flags_of(made: FormRecord) -> list[str]:
    """The red flags of a record that is being handed in."""
    found = {
        "near_duplicate": near_duplicate(_text(made), _former_texts(made)),
        "impossible_travel": _is_impossible(made),
        "batch_filled": _is_batch(made),
        "place_mismatch": _is_elsewhere(made),
    }
    return [name for name, so in found.items() if so]


def _text(made: FormRecord) -> str:
    written = (one for one in made.form_version.questions if one.kind in WRITTEN)
    return " ".join(shown(one, made.answers.get(one.code)) for one in written).strip()[:LETTERS]


def _former_texts(made: FormRecord) -> list[str]:
    """What its author wrote on the same form before; a correction is not compared with what it corrects."""
    mine = (
        FormRecord.objects.current().filter(author=made.author_id, form=made.form_id).exclude(code=made.code)
    )
    former = mine.select_related("form_version").defer("search").order_by("-submitted_at", "-pk")
    return [_text(one) for one in former[:COMPARED]]


def _is_batch(made: FormRecord) -> bool:
    """Whether more than five forms were handed in within three minutes; corrections are not counted."""
    lately = (
        FormRecord.objects.current()
        .filter(
            author=made.author_id,
            recorded_at__gte=made.recorded_at - BATCH_WITHIN,
            recorded_at__lte=made.recorded_at,
            edition=1,
        )
        .exclude(channel="import")
    )
    if made.edition > 1:
        return False
    return batch_filled([*lately.values_list("recorded_at", flat=True)[:20], made.recorded_at])


def _is_impossible(made: FormRecord) -> bool:
    """Whether its author was with a customer of another region less than an hour before or after."""
    if made.customer_id is None or not any(one.kind == PLACE for one in made.form_version.questions):
        return False
    region = Customer.objects.filter(pk=made.customer_id).values_list("region", flat=True).first() or ""
    there = Activity.objects.known().filter(owner=made.author_id, kind=Activity.Kind.VISIT, day=made.day)
    stops = [
        Stop(at, at_region) for at, at_region in there.values_list("at", "customer__region") if at_region
    ]
    return impossible_travel([*stops, Stop(made.submitted_at, region)])


def _is_elsewhere(made: FormRecord) -> bool:
    """Whether it names another place than the author's visit to this customer on that day."""
    places = [
        plain(shown(one, made.answers.get(one.code)))
        for one in made.form_version.questions
        if one.kind == PLACE
    ]
    said = [place for place in places if place]
    if made.customer_id is None or not said:
        return False
    visits = VisitPlan.objects.executed().filter(
        owner=made.author_id, customer=made.customer_id, day=made.day
    )
    known = [plain(place) for place in visits.exclude(place="").values_list("place", flat=True)]
    return bool(known) and not any(one in other or other in one for one in said for other in known)
