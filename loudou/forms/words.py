"""How forms are spoken of: kinds of fields, states, verdicts, red flags."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loudou.forms.figures.fields import DATE, Field, Wrong
from loudou.ui import format as f

KINDS = {
    "text": _("short text"),
    "long": _("long text"),
    "number": _("figure"),
    "money": _("amount"),
    "date": _("day"),
    "choice": _("one of several"),
    "multi": _("several of several"),
    "person": _("colleague"),
    "customer": _("customer"),
    "deal": _("deal"),
    "place": _("place"),
    "photo": _("photos"),
}
STATES = {
    "proposed": "",
    "justified": "",
    "asked": "watch",
    "approved": "good",
    "returned": "bad",
    "issued": "good",
    "replaced": "",
    "dropped": "",
}
VERDICTS = {
    "retire": (_("retire it"), "bad", _("Nobody reads most of it, and no step needs it.")),
    "redesign": (_("redesign or verify"), "watch", _("Too much of it looks filled in for the sake of it.")),
    "merge": (_("merge"), "watch", _("Most of its fields are asked for elsewhere.")),
    "keep": (_("keep"), "good", _("Nothing speaks against it.")),
}
FLAGS = {
    "near_duplicate": _("copied text"),
    "impossible_travel": _("impossible travel"),
    "batch_filled": _("filled in one go"),
    "place_mismatch": _("another place"),
    "unverified": _("could not be verified"),
}
ACTS = {
    "forms.owner": _("form for sales operations"),
    "forms.council": _("form for the managers' council"),
}
STATIONS = ("proposed", "justified", "asked", "approved", "issued")


def wrong_sentence(wrong: Wrong) -> str:
    """Why an answer is not taken."""
    return {
        "required": gettext("This must be answered."),
        "kind": gettext("This value cannot be read."),
        "letters": gettext("This contains characters that cannot be kept."),
        "long": gettext("At most {n} characters.").format(n=wrong.limit),
        "short": gettext("At least {n} characters.").format(n=wrong.limit),
        "choice": gettext("Choose one from the list."),
        "number": gettext("Write a number."),
        "money": gettext("Write an amount such as 1,234.50 or 12万."),
        "places": gettext("At most {n} decimal places.").format(n=wrong.limit),
        "small": gettext("At least {n}.").format(n=wrong.limit),
        "large": gettext("At most {n}.").format(n=wrong.limit),
        "date": gettext("Write a day such as 2026-04-17."),
        "past": gettext("This day is still to come."),
        "future": gettext("This day is over."),
        "early": gettext("Not before {n}.").format(n=wrong.limit),
        "unasked": gettext("This is not asked after the answers before it."),
        "many": gettext("At most {n} of these.").format(n=wrong.limit),
        "photo": gettext("Only pictures are taken here."),
    }[wrong.reason]


def condition(asked: Field, fields: Sequence[Field]) -> str:
    """After which answer a field is asked, in the reader's language; nothing where it is asked of everybody."""
    if asked.when is None:
        return ""
    before = next(one for one in fields if one.code == asked.when.field)
    answer = next(one for one in before.choices if one.code == asked.when.answer)
    return gettext("only when “{field}” is “{answer}”").format(
        field=f.in_words(before.label), answer=f.in_words(answer.label)
    )


def follows(asked: Field, fields: Sequence[Field]) -> str:
    """Below which other answer a field does not fall; nothing where it stands alone."""
    before = next((one for one in fields if asked.after and one.code == asked.after), None)
    if before is None:
        return ""
    words = gettext("not before “{field}”") if asked.kind == DATE else gettext("not below “{field}”")
    return words.format(field=f.in_words(before.label))
