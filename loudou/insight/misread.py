"""What is wrong with parameters that were not understood: a command and the API refuse it, a page says so and leaves them out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _

from loudou.insight.asked import instant_of
from loudou.insight.lens import InsightLens
from loudou.kernel.money import parse_amount


def misread(key: str, asked: Mapping[str, Any], lens: InsightLens, typed: str) -> str:
    """One sentence about a value that a lens left out, which names the parameter as it was `typed`: an end that lies
    before its beginning is a day like others, and what is less than nothing a number like others."""
    own, value = _own(key, lens), _value(asked, key)
    if own is not None:
        return own
    if key == "to" and asked.get("from") and "from" not in lens.problems:
        with suppress(ValueError, OverflowError):
            instant_of(value, lens.company.zone)
            sentence = _("A period ends after it begins: “{end}” does not come after “{start}”.")
            return sentence.format(end=value, start=_value(asked, "from"))
    if key == "target" and _is_below_zero(value):
        return _("A target is not below zero: “{value}”.").format(value=value)
    return _("“{value}” is not understood as {name}.").format(value=value, name=typed)


def left_out(lens: InsightLens) -> list[str]:
    """What a page says of all that it left out, in few sentences."""
    own = {key: _own(key, lens) for key in lens.problems}
    names = [key for key, said in own.items() if said is None]
    plain = [_("Not understood and left out: %(names)s") % {"names": ", ".join(names)}] if names else []
    return [*plain, *dict.fromkeys(said for said in own.values() if said is not None)]


def _own(key: str, lens: InsightLens) -> str | None:
    """What is wrong with a value that is a day like others: it contradicts another."""
    if key in ("from", "to") and "period" in lens.asked:
        return _(
            "A period is asked for by its name or by its days: give “period”, or “from” and “to”, not both."
        )
    return None


def _is_below_zero(value: str) -> bool:
    with suppress(ValueError):
        return parse_amount(value) < 0
    return False


def _value(asked: Mapping[str, Any], key: str) -> str:
    return str(asked.get(key) or "").strip()[:80]
