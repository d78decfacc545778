"""The fields of a form: what they are, and which answers they take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from loudou.kernel.money import LARGEST, parse_amount

TEXT, LONG, NUMBER, MONEY, DATE = "text", "long", "number", "money", "date"
CHOICE, MULTI, PERSON, CUSTOMER, DEAL, PLACE = "choice", "multi", "person", "customer", "deal", "place"
PHOTO = "photo"
KINDS = (TEXT, LONG, NUMBER, MONEY, DATE, CHOICE, MULTI, PERSON, CUSTOMER, DEAL, PLACE, PHOTO)
WRITTEN, FIGURES, CHOSEN, ROWS = (
    (TEXT, LONG, PLACE),
    (NUMBER, MONEY),
    (CHOICE, MULTI),
    (PERSON, CUSTOMER, DEAL),
)
ORDERED = (DATE, *FIGURES)  # answers of which one may be held against another
PAST, FUTURE = "past", "future"
LONGEST = {TEXT: 300, PLACE: 200, LONG: 4000}
MOST_FIELDS, MOST_CHOICES, LONGEST_LABEL, LONGEST_HELP = 40, 30, 80, 300
MOST_PHOTOS, LONGEST_NAME = 6, 200
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
Names = Mapping[str, str]


class Wrong(ValueError):
    """An answer that a field does not take: the reason as a word, and the limit it names."""

    def __init__(self, reason: str, limit: object = "") -> None:
        super().__init__(reason)
        self.reason, self.limit = reason, limit


@dataclass(frozen=True)
class Choice:
    """One of the answers a field offers."""

    code: str
    label: Names


@dataclass(frozen=True)
class Condition:
    """An answer to a field before that a field hangs on."""

    field: str
    answer: str


@dataclass(frozen=True)
class Field:
    """A question: `least` and `most` bound a figure, or the letters of a text; `rule` says a date lies past or future.

    `when` asks it only after that answer, `after` names a field before it of the same kind whose answer it does not
    fall below.
    """

    code: str
    kind: str
    label: Names
    help: Names
    required: bool
    choices: tuple[Choice, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    rule: str = ""
    when: Condition | None = None
    after: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "code": self.code,
            "kind": self.kind,
            "label": dict(self.label),
            "help": dict(self.help),
            "required": self.required,
            "choices": [{"code": one.code, "label": dict(one.label)} for one in self.choices],
            "least": None if self.least is None else str(self.least),
            "most": None if self.most is None else str(self.most),
            "rule": self.rule,
            "when": {"field": self.when.field, "answer": self.when.answer} if self.when else None,
            "after": self.after,
        }


def read(raw: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Fields from the JSON of `Field.plain`."""
    return tuple(
        Field(
            code=one["code"],
            kind=one["kind"],
            label=one["label"],
            help=one.get("help") or {},
            required=bool(one.get("required")),
            choices=tuple(Choice(item["code"], item["label"]) for item in one.get("choices") or ()),
            least=_limit(one.get("least")),
            most=_limit(one.get("most")),
            rule=one.get("rule") or "",
            when=Condition(one["when"]["field"], one["when"]["answer"]) if one.get("when") else None,
            after=one.get("after") or "",
        )
        for one in raw
    )


def faults(fields: Sequence[Field]) -> list[tuple[int, str]]:
    """What is wrong with the fields of a form, as (place from 0, reason); -1 is the form as a whole."""
    if not fields:
        return [(-1, "no_fields")]
    if len(fields) > MOST_FIELDS:
        return [(-1, "many_fields")]
    codes = [one.code for one in fields]
    return [
        (place, reason)
        for place, one in enumerate(fields)
        if (
            reason := "code_twice"
            if codes.index(one.code) < place
            else _fault(one) or _fault_between(one, fields[:place])
        )
    ]


def loose(fields: Sequence[Field]) -> list[Field]:
    """Fields without the rules that name one which is not among those before them."""
    found: list[Field] = []
    for one in fields:
        known = {former.code for former in found}
        when = one.when if one.when is not None and one.when.field in known else None
        found.append(replace(one, when=when, after=one.after if one.after in known else ""))
    return found


def checked(field: Field, raw: Any, *, today: date) -> Any:
    """An answer as it is kept: text, a decimal as text, a day as ISO, codes of choices, photos by name and digest; None
    where there is none.

    Answers that name a row (`ROWS`) are the caller's. Raises `Wrong`.
    """
    if field.kind == MULTI:
        answer: Any = _several(field, raw)
    elif field.kind == PHOTO:
        answer = _photos(raw)
    elif raw is None or (isinstance(raw, str) and not raw.strip()):
        answer = None
    elif not isinstance(raw, str | int | Decimal | date) or isinstance(raw, bool):
        raise Wrong("kind")
    else:
        answer = _one(field, raw, today)
    if field.required and answer in (None, []):
        raise Wrong("required")
    return answer


def is_asked(field: Field, answers: Mapping[str, Any]) -> bool:
    """Whether a field is asked at all after what was answered before it."""
    if field.when is None:
        return True
    given = answers.get(field.when.field)
    return field.when.answer in (given if isinstance(given, list) else [given])


def unasked(field: Field, raw: Any) -> Any:
    """What is kept of a field that is not asked: nothing. Raises `Wrong` where something was sent for it."""
    said = raw.strip() if isinstance(raw, str) else raw
    if said not in (None, "", [], ()):
        raise Wrong("unasked")
    return [] if field.kind in (MULTI, PHOTO) else None


def answered(field: Field, raw: Any, answers: Mapping[str, Any], *, today: date) -> Any:
    """An answer as `checked` keeps it, held against the answers before it. Raises `Wrong`."""
    if not is_asked(field, answers):
        return unasked(field, raw)
    answer, former = checked(field, raw, today=today), answers.get(field.after) if field.after else None
    if answer is None or former is None:
        return answer
    if field.kind == DATE and answer < former:
        raise Wrong("early", former)
    if field.kind in FIGURES and Decimal(answer) < Decimal(former):
        raise Wrong("small", former)
    return answer


def shown(field: Field, answer: Any) -> str:
    """An answer as plain text, without a language: choices by their first name."""
    if answer is None:
        return ""
    if field.kind in CHOSEN:
        names = {one.code: next(iter(one.label.values()), one.code) for one in field.choices}
        return "、".join(
            names.get(code, str(code)) for code in (answer if isinstance(answer, list) else [answer])
        )
    if field.kind == PHOTO:
        return "、".join(one["name"] for one in answer)
    return str(answer.get("name", "")) if isinstance(answer, Mapping) else str(answer)


def _fault(field: Field) -> str:
    if field.kind not in KINDS:
        return "kind_unknown"
    if not _CODE.fullmatch(field.code):
        return "code_bad"
    if not any(field.label.values()):
        return "label_missing"
    if max(map(len, field.label.values())) > LONGEST_LABEL:
        return "label_long"
    if max(map(len, field.help.values()), default=0) > LONGEST_HELP:
        return "help_long"
    if field.rule and (field.kind != DATE or field.rule not in (PAST, FUTURE)):
        return "rule_unknown"
    if field.least is not None and field.most is not None and field.least > field.most:
        return "limits_crossed"
    return _fault_of_choices(field)


def _fault_between(field: Field, before: Sequence[Field]) -> str:
    """What is wrong with how a field hangs on those before it."""
    known = {one.code: one for one in before}
    if field.when is not None:
        asked = known.get(field.when.field)
        if asked is None or field.when.answer not in {one.code for one in asked.choices}:
            return "when_unknown"
    if field.after:
        former = known.get(field.after)
        if field.kind not in ORDERED or former is None or former.kind != field.kind:
            return "after_unknown"
    return ""


def _fault_of_choices(field: Field) -> str:
    codes = [one.code for one in field.choices]
    if field.kind not in CHOSEN:
        return "choices_idle" if codes else ""
    if not 2 <= len(codes) <= MOST_CHOICES:
        return "choices_count"
    if len(set(codes)) < len(codes) or any(not any(one.label.values()) for one in field.choices):
        return "choices_alike"
    long = any(len(text) > LONGEST_LABEL for one in field.choices for text in one.label.values())
    return "label_long" if long else ""


def _one(field: Field, raw: str | int | Decimal | date, today: date) -> str:
    if field.kind in FIGURES:
        return _figure(field, str(raw))
    if field.kind == DATE:
        return _day(field, str(raw).strip(), today)
    text = str(raw).replace("\r\n", "\n").strip()
    if field.kind == CHOICE:
        if text not in {one.code for one in field.choices}:
            raise Wrong("choice")
        return text
    return _text(field, text)


def _text(field: Field, text: str) -> str:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Wrong("letters")
    longest = min(LONGEST[field.kind], int(field.most) if field.most is not None else LONGEST[field.kind])
    if len(text) > longest:
        raise Wrong("long", longest)
    if field.least is not None and len(text) < field.least:
        raise Wrong("short", int(field.least))
    return text if field.kind == LONG else " ".join(text.split())


def _figure(field: Field, raw: str) -> str:
    try:
        number = parse_amount(raw) if field.kind == MONEY else Decimal(raw.strip().replace(",", ""))
    except (ValueError, InvalidOperation):
        raise Wrong(field.kind) from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise Wrong(field.kind)
    places = 2 if field.kind == MONEY else 4
    if number != number.quantize(Decimal(1).scaleb(-places)):
        raise Wrong("places", places)
    if field.least is not None and number < field.least:
        raise Wrong("small", field.least)
    if field.most is not None and number > field.most:
        raise Wrong("large", field.most)
    return f"{number:.2f}" if field.kind == MONEY else f"{number.normalize():f}"


def _day(field: Field, raw: str, today: date) -> str:
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        raise Wrong("date") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Wrong("date")
    if field.rule == PAST and day > today:
        raise Wrong("past")
    if field.rule == FUTURE and day < today:
        raise Wrong("future")
    return day.isoformat()


def _several(field: Field, raw: Any) -> list[str]:
    given = raw if isinstance(raw, list | tuple) else [] if raw in (None, "") else [raw]
    known = [one.code for one in field.choices]
    if any(not isinstance(code, str) or code not in known for code in given):
        raise Wrong("choice")
    return [code for code in known if code in given]


def _photos(raw: Any) -> list[dict[str, str]]:
    given = list(raw) if isinstance(raw, list | tuple) else [] if raw in (None, "") else [raw]
    if len(given) > MOST_PHOTOS:
        raise Wrong("many", MOST_PHOTOS)
    return [_photo(one) for one in given]


def _photo(raw: Any) -> dict[str, str]:
    name, digest = (raw.get("name"), raw.get("sha256")) if isinstance(raw, Mapping) else (None, None)
    if not isinstance(name, str) or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise Wrong("kind")
    return {"name": name[:LONGEST_NAME], "sha256": digest}


def _limit(raw: Any) -> Decimal | None:
    return None if raw in (None, "") else Decimal(str(raw))
