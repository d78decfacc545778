"""What a request tells its signer: kept without language when asked, said in the reader's when shown.

A value is one of: a text; money (`{"amount", "currency"}`); a name in several languages (`{"zh-hans", …}`); a word of
the program (`{"say": English}`); a day (`{"day": ISO}`); a period (`{"period": "2026-Q4"}`); a share
(`{"share": "0.30"}`); days against a limit (`{"days": 34, "of": 30}`); an instant (`{"at": ISO}`); a change (`{"from", "into"}`); a list of these, or of lists
whose members stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.journal.record import plain
from loudou.signoff.models import Request
from loudou.ui import format as f

MOST_BEGINNINGS = 3
# What an opinion may begin with where the record suggests nothing better.
_ALWAYS = (
    gettext_lazy("Agreed; mind that "),
    gettext_lazy("Check first whether "),
    gettext_lazy("Next time "),
)

# What ends with one of these needs no comma before the next.
_ENDS = ("。", "？", "！", "；", "?", "!", ";")
_LANGUAGES = {"zh-hans", "zh-hant", "en"}


@dataclass(frozen=True)
class Part:
    """A piece of a value; `tone` is `red` where it calls for a look."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Fact:
    """One line for the signer."""

    label: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The value without its tones."""
        return "".join(part.text for part in self.parts)


def days_of(days: int, limit: int | None) -> dict[str, Any]:
    """Days against a limit, as a value."""
    return {"days": days, "of": limit}


def share(ratio: Decimal) -> dict[str, Any]:
    """A share, as a value."""
    return {"share": str(ratio)}


def change(before: Any, after: Any) -> dict[str, Any]:
    """What becomes of what, as a value."""
    return {"from": before, "into": after}


def label(text: Any) -> str:
    """A label as a request keeps it: the program's own English words for it."""
    with translation.override("en"):
        return str(text)


def kept(value: Any) -> Any:
    """A value as a request keeps it: JSON, in no reader's language."""
    if isinstance(value, Promise):
        return {"say": label(value)}
    if isinstance(value, dict) and set(value) == {"from", "into"}:
        return {side: kept(item) for side, item in value.items()}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, list | tuple):
        return [kept(item) for item in value]
    return plain(value)


def told(facts: Iterable[Sequence[Any]], *, full_amounts: bool = False) -> list[Fact]:
    """The facts of a request in the reader's language."""
    return [Fact(_(text) if text else "", tuple(_parts(value, full_amounts))) for text, value in facts]


def beginnings(request: Request) -> list[str]:
    """What the signer's opinion may begin with: what the record suggests, filled up with what always fits."""
    own = [_(text) % {"what": _text(value)} for text, value in request.starters]
    return [*own, *(str(text) for text in _ALWAYS)][:MOST_BEGINNINGS]


def _text(value: Any) -> str:
    return "".join(part.text for part in _parts(value, full=False))


def _parts(value: Any, full: bool) -> list[Part]:
    if isinstance(value, dict) and "into" in value:
        return [*_parts(value["from"], full), Part(" → "), *_parts(value["into"], full)]
    if not isinstance(value, list):
        return [_part(value, full)]
    figures = any(_is_figure(item) for item in value)
    comma = "，" if figures and f.language() != "en" else f.comma()
    parts: list[Part] = []
    for item in value:
        if parts:
            parts.append(Part(" " if parts[-1].text.endswith(_ENDS) else comma))
        side = item if isinstance(item, list) else [item]
        for place, piece in enumerate(side):
            parts += [Part(" ")] * (place > 0) + [_part(piece, full)]
    return parts or [Part(f.DASH)]


def _part(value: Any, full: bool) -> Part:
    if value in (None, ""):
        return Part(f.DASH)
    if not isinstance(value, dict):
        return Part(str(value))
    if "amount" in value:
        return Part(f.money(Decimal(value["amount"]), value["currency"], full=full))
    if "say" in value:
        word = value["say"]
        return Part(_(word))
    if "at" in value:
        return Part(f.instant(datetime.fromisoformat(value["at"])))
    if "day" in value:
        return Part(f.day(date.fromisoformat(value["day"])))
    if "period" in value:
        return Part(f.period_named(value["period"]))
    if "share" in value:
        return Part(f.percent(Decimal(value["share"]), 0))
    if "days" in value:
        return _of_days(value["days"], value["of"])
    if set(value) <= _LANGUAGES:
        return Part(f.in_words(value))
    return Part("; ".join(f"{key} {item}" for key, item in value.items()))


def _of_days(days: int, limit: int | None) -> Part:
    text = f.days(days)
    if limit is None:
        return Part(text)
    over = "red" if days > limit else ""
    return Part(_("%(days)s of at most %(limit)d") % {"days": text, "limit": limit}, over)


def _is_figure(value: Any) -> bool:
    return isinstance(value, list) or (
        isinstance(value, dict) and not {"days", "share", "day"}.isdisjoint(value)
    )
