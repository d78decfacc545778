"""The shape of what customers and contacts are told to be, and what follows from it for finding them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from loudou.customers.figures.codes import code_fault, normal_code
from loudou.customers.figures.names import core_of
from loudou.customers.figures.phones import e164, forms
from loudou.customers.figures.regions import regions_of
from loudou.customers.models import GRADE_WORDS, SOURCES, Contact, Customer
from loudou.customers.queries import home_region
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.ui.search import vector
from loudou.ui.spelling import LONGEST_KEY, sort_key
from loudou.ui.texts import line, refuse_unfit, refuse_unstorable

MOST_TAGS, LONGEST_TAG, LONGEST_NOTE = 20, 40, 10_000
_WEBSITE = re.compile(r"(?:https?://)?[\w\-]+(?:\.[\w\-]+)+(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)

Values = dict[str, Any]


def customer_values(values: Values, home: str) -> Values:
    """The values as they are kept; refuses the first that cannot be. `home` is where phones are at home."""
    return _cleaned(values, _CUSTOMER, home)


def differences(rows: Iterable[tuple[Customer, Mapping[str, Any]]]) -> list[dict[str, Any] | Refused]:
    """What `edit_customer` would change of each of many customers: field → value as it is kept, or why it would refuse.

    Each row has its keyword arguments. Nothing is written; most rows of a file that comes again change nothing.
    """
    home = home_region()
    found: list[dict[str, Any] | Refused] = []
    for customer, values in rows:
        try:
            clean = customer_values(dict(values), home)
        except Refused as refusal:
            found.append(refusal)
        else:
            found.append({name: clean[name] for name in clean if getattr(customer, name) != clean[name]})
    return found


def faults(values: Mapping[str, Any]) -> list[Refused]:
    """All that is wrong with what a customer is told to be, field by field; `add_customers` says the first of it."""
    home, found = home_region(), []
    for field, value in values.items():
        try:
            _cleaned({field: value}, _CUSTOMER, home)
        except Refused as refusal:
            found.append(refusal)
    return found


def contact_values(values: Values, home: str) -> Values:
    """The same for a contact."""
    return _cleaned(values, _CONTACT, home)


def make_findable(customer: Customer, aliases: Iterable[Customer] = ()) -> None:
    """Fill what a customer is sorted, compared, found and filtered by; merged ones lend their names and numbers."""
    customer.name_key = sort_key(customer.name)
    customer.name_core = core_of(customer.name)[:LONGEST_KEY]
    all_names = [customer, *aliases]
    customer.search = vector(
        [row.name for row in all_names],
        [number for row in all_names if row.phone for number in forms(row.phone)],
        codes=[code for row in all_names for code in (row.code, row.uscc)],
        facets={
            "industry": [customer.industry],
            "region": regions_of(customer.region),
            "source": [customer.source],
            "grade": [customer.grade],
            "kind": [customer.kind],
            "tag": customer.tags,
        },
    )


def make_contact_findable(contact: Contact) -> None:
    """Fill what a contact is sorted and found by."""
    contact.name_key = sort_key(contact.name)
    contact.search = vector([contact.name], forms(contact.phone) if contact.phone else ())


def tags_of(raw: Iterable[object]) -> list[str]:
    """Tags as they are kept: trimmed, each once, in order."""
    tags = [" ".join(str(tag).split()) for tag in raw]
    tags = list(dict.fromkeys(filter(None, tags)))
    for tag in tags:
        refuse_unstorable(tag, "tags")
        if len(tag) > LONGEST_TAG or "," in tag or "，" in tag:
            raise Refused(
                _("A tag has at most {n} characters and no comma.").format(n=LONGEST_TAG), field="tags"
            )
    if len(tags) > MOST_TAGS:
        raise Refused(_("At most {n} tags.").format(n=MOST_TAGS), field="tags")
    return tags


def _cleaned(values: Values, known: dict[str, Callable[[Any, str, str], Any]], home: str) -> Values:
    clean = {}
    for field, value in values.items():
        if field not in known:
            raise Refused(_("“{field}” cannot be changed this way.").format(field=field), field=field)
        clean[field] = known[field](value, field, home)
    return clean


def _line(longest: int) -> Callable[[Any, str, str], str]:
    def clean(value: Any, field: str, home: str) -> str:
        return line(value, field, longest=longest)

    return clean


def _name(longest: int) -> Callable[[Any, str, str], str]:
    def clean(value: Any, field: str, home: str) -> str:
        text = line(value, field, longest=longest)
        if not text:
            raise Refused(_("A name is needed."), field=field)
        return text

    return clean


def _note(value: Any, field: str, home: str) -> str:
    text = "" if value is None else str(value)
    refuse_unfit(text, field, longest=LONGEST_NOTE)
    return text.strip()


def _choice(choices: Iterable[str]) -> Callable[[Any, str, str], str]:
    allowed = frozenset(choices)

    def clean(value: Any, field: str, home: str) -> str:
        text = "" if value is None else str(value)
        if text not in allowed:
            raise Refused(_("There is no “{value}” to choose here.").format(value=text[:40]), field=field)
        return text

    return clean


def _uscc(value: Any, field: str, home: str) -> str:
    code = normal_code(str(value or "")[:100])
    if not code:
        return ""
    fault = code_fault(code)
    if fault == "length" or (fault and len(code) != 18 and home != "TW"):
        raise Refused(
            _("A unified social credit code has 18 characters, this one {n}.").format(n=len(code)),
            field=field,
        )
    if fault == "letters":
        raise Refused(
            _("A unified social credit code has digits and capitals but no I, O, S, V and Z."), field=field
        )
    if fault:
        raise Refused(_("The last character does not fit the others; compare with the licence."), field=field)
    return code


def _phone(value: Any, field: str, home: str) -> str:
    text = str(value or "").strip()
    if not text:
        return ""
    try:
        return e164(text, home)
    except ValueError:
        raise Refused(
            _("This is no phone number; write it with its area code, one number only."), field=field
        ) from None


def _email(value: Any, field: str, home: str) -> str:
    text = _line(254)(value, field, home)
    if text:
        try:
            validate_email(text)
        except ValidationError:
            raise Refused(_("This is no e-mail address."), field=field) from None
    return text


def _website(value: Any, field: str, home: str) -> str:
    text = _line(200)(value, field, home)
    if text and not _WEBSITE.fullmatch(text):
        raise Refused(_("Write a web address such as www.example.com."), field=field)
    return text


def _grade(value: Any, field: str, home: str) -> str:
    text = _line(12)(value, field, home)
    return GRADE_WORDS.get(text.lower(), text)


def _instant(value: Any, field: str, home: str) -> datetime | None:
    if value is None or value == "":
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Refused(_("This is no point in time."), field=field)
    if value > clock.now():
        raise Refused(_("This lies in the future."), field=field)
    return value


def _extra(value: Any, field: str, home: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(_("Fields of your own are a list of names and values."), field=field)
    return value


def _tags(value: Any, field: str, home: str) -> list[str]:
    return tags_of(value or ())


_CUSTOMER: dict[str, Callable[[Any, str, str], Any]] = {
    "code": _line(60),
    "kind": _choice(Customer.Kind.values),
    "name": _name(200),
    "industry": _line(80),
    "size": _line(40),
    "region": _line(80),
    "address": _line(300),
    "website": _website,
    "source": _choice(["", *SOURCES]),
    "uscc": _uscc,
    "phone": _phone,
    "grade": _grade,
    "tags": _tags,
    "note": _note,
    "created_at": _instant,
    "extra": _extra,
}
_CONTACT: dict[str, Callable[[Any, str, str], Any]] = {
    "name": _name(80),
    "title": _line(80),
    "part": _choice(["", *Contact.Part.values]),
    "attitude": _choice(Contact.Attitude.values),
    "phone": _phone,
    "email": _email,
    "wechat": _line(60),
    "note": _line(300),
    "extra": _extra,
}
