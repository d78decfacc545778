"""Reading what callers send, strictly: one meaning or a refusal, never a guess."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.parser import Parser

from loudou.exchange.api.problems import Problem, invalid
from loudou.ui.texts import storable

_WIDEST_EXPONENT = 40  # beyond any amount there is; writing such a number out could fill the memory


class StrictParser(Parser):
    """Django Ninja's parser, without second meanings."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        twice = [name for name in data if name not in list_fields and len(data.getlist(name)) > 1]
        if twice:
            raise Problem(400, "bad_request", _("“{name}” is given twice.").format(name=twice[0][:40]))
        return super().parse_querydict(data, list_fields, request)


def read_json(raw: bytes) -> Any:
    """The value a JSON text stands for; decimals stay exact.

    Raises `Problem`: 400 for what is no JSON or has two meanings (duplicate keys, NaN, too deep), 422 for characters
    that no database text can hold.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_pairs, parse_float=_decimal, parse_constant=_constant
        )
    except (ValueError, RecursionError):
        raise Problem(400, "bad_request", _("The body is not valid JSON.")) from None
    _refuse_unstorable(value)
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Problem(400, "bad_request", _("The body names the same field twice."))
    return found


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > _WIDEST_EXPONENT:
        raise Problem(400, "bad_request", _("The body has a number that is out of all proportion."))
    return number


def _constant(name: str) -> None:
    raise Problem(400, "bad_request", _("{name} is not a number.").format(name=name))


def _refuse_unstorable(value: Any) -> None:
    """Walk without recursion: what is deeply nested was parsed in C and may be deeper than Python calls go."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        place, item = waiting.pop()
        if isinstance(item, str) and not storable(item):
            raise invalid({place: _("This contains characters that cannot be kept.")})
        if isinstance(item, dict):
            if not all(storable(key) for key in item):
                raise invalid({place: _("This contains characters that cannot be kept.")})
            waiting += [(f"{place}.{key}".lstrip("."), inner) for key, inner in item.items()]
        elif isinstance(item, list):
            waiting += [(f"{place}.{index}".lstrip("."), inner) for index, inner in enumerate(item)]
