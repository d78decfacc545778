"""What forms may be called and ask, and why an answer is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.environment import LANGUAGES
from loudou.forms.figures.fields import (
    LONGEST_HELP,
    LONGEST_LABEL,
    MOST_CHOICES,
    MOST_FIELDS,
    Field,
    faults,
)
from loudou.forms.models import Period
from loudou.forms.queries.steps import known_steps
from loudou.kernel.refusals import Refused
from loudou.people.roles import ROLES
from loudou.ui import format as f
from loudou.ui.texts import kept

LONGEST_NAME, LONGEST_PURPOSE, LONGEST_REASON = 80, 600, 300
MOST_MINUTES, MOST_TIMES = Decimal(240), 50


def names(
    value: Mapping[str, str] | str, *, field: str, longest: int, former: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A text in several languages; one alone is said in the language it is written in, others stay as they were."""
    given = {f.language(): value} if isinstance(value, str) else dict(value)
    said = {**(former or {}), **{code: line(text, field, longest) for code, text in given.items()}}
    return {code: said[code] for code in LANGUAGES if said.get(code)}


def line(value: Any, field: str, longest: int) -> str:
    """A text as it is kept; refuses what is too long or cannot be kept."""
    return kept(value, field, longest=longest, lines=longest >= LONGEST_PURPOSE)


def needed(value: Any, field: str, longest: int = LONGEST_REASON) -> str:
    """A text that must be there."""
    return kept(value, field, longest=longest, lines=longest >= LONGEST_PURPOSE, needed=_("Say why."))


def sound(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Fields as they are kept; refuses those that make no form, naming the first that is wrong."""
    for place, reason in faults(fields):
        sentence = _faults()[reason]
        if place < 0:
            raise Refused(sentence, field="fields")
        label = f.in_words(fields[place].label) or fields[place].code
        raise Refused(
            _("Field {n} “{name}”: {what}").format(n=place + 1, name=label[:40], what=sentence),
            field="fields",
        )
    for one in fields:
        for text in (
            *one.label.values(),
            *one.help.values(),
            *(t for c in one.choices for t in c.label.values()),
        ):
            line(text, "fields", LONGEST_HELP)
    return [one.plain() for one in fields]


def terms(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a justification says, checked: steps, readers, fillers, decision, minutes, how often."""
    clean = dict(values)
    for field in ("fillers", "readers"):
        if field in clean:
            clean[field] = _known(clean[field], ROLES, field)
    if "serves" in clean:
        clean["serves"] = _known(clean["serves"], known_steps(), "serves")
    if "minutes" in clean and not Decimal(0) < clean["minutes"] <= MOST_MINUTES:
        raise Refused(_("Between 0 and {n} minutes.").format(n=MOST_MINUTES), field="minutes")
    if "times" in clean and not 1 <= clean["times"] <= MOST_TIMES:
        raise Refused(_("Between 1 and {n} times.").format(n=MOST_TIMES), field="times")
    if "period" in clean and clean["period"] not in Period.values:
        raise Refused(_("Choose one from the list."), field="period")
    return clean


def _known(given: Iterable[str], known: Iterable[str], field: str) -> list[str]:
    wanted = set(given)
    if wanted - set(known):
        raise Refused(_("Choose one from the list."), field=field)
    return [code for code in known if code in wanted]


def _faults() -> dict[str, str]:
    return {
        "no_fields": _("A form has at least one field."),
        "many_fields": _("A form has at most {n} fields.").format(n=MOST_FIELDS),
        "kind_unknown": _("there is no such kind of field."),
        "code_bad": _(
            "a code has small letters, digits and _, begins with a letter and is no longer than 30."
        ),
        "code_twice": _("another field has the same code."),
        "label_missing": _("a field needs a name."),
        "label_long": _("a name has at most {n} characters.").format(n=LONGEST_LABEL),
        "help_long": _("a help text has at most {n} characters.").format(n=LONGEST_HELP),
        "rule_unknown": _("only a day lies in the past or in the future."),
        "limits_crossed": _("the least is more than the most."),
        "choices_idle": _("only a choice has answers to choose from."),
        "choices_count": _("a choice has between 2 and {n} answers.").format(n=MOST_CHOICES),
        "when_unknown": _("what it hangs on is no answer of a choice before it."),
        "after_unknown": _("only a day or a figure follows another one of its kind, which stands before it."),
        "choices_alike": _("each answer of a choice needs a name and a code of its own."),
    }
