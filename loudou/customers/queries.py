"""Reading customers and the people there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from loudou.customers.figures.duplicates import SHORTEST_PART, Identity, Match, compare
from loudou.customers.figures.phones import HOMES
from loudou.customers.models import Contact, Contacts, Customer, CustomerFile, Customers, Merge, Sight, Term
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.ui.prepared import ANY, MANY, Prepared, among
from loudou.ui.search import matches

MOST_TERMS = 300
# What a line of a list shows, and what says whose it is: half of a customer, a tenth of its owner.
_LINE = (
    *("code", "kind", "name", "industry", "size", "region", "source", "phone", "grade", "tags", "created_at"),
    *("touched_at", "merged_into", "version", "owner__name", "owner__username", "unit__name"),
)
_MOST_EXACT, _MOST_ALIKE = 50, 200


@dataclass(frozen=True)
class Candidate:
    """A customer that may be the one asked about, with the contact whose phone it is where that is the reason."""

    customer: Customer
    match: Match
    contact: str = ""


def rows(keys: Sequence[int]) -> list[Customer]:
    """Customers of one page, with what a row shows."""
    return _ROWS.rows(list(keys))


_ROWS = Prepared(
    lambda keys: Customer.objects.filter(among(keys)).select_related("owner", "unit").only(*_LINE),
    MANY,
)
# A customer with what its page shows.
WHOLE = Prepared(
    lambda key: Customer.objects.filter(pk=key).select_related("owner", "unit").defer("search"), ANY
)


def contacts() -> Contacts:
    """Contacts with their customer at hand."""
    return Contact.objects.select_related("customer__owner", "customer__unit")


def _people(key: int) -> Contacts:
    order = (F("left_at").asc(nulls_first=True), "name_key", "pk")
    return Contact.objects.filter(customer=key).order_by(*order).defer("search")


_PEOPLE = Prepared(_people, ANY)


def people_at(customer: Customer) -> list[Contact]:
    """The people at a customer, those who left last."""
    found = _PEOPLE.rows(customer.pk)
    for contact in found:
        contact.customer = customer  # the access rule asks for its owner and unit
    return found


def sighted(user: User) -> int:
    """How many people's phones the person was shown this month, wherever that was."""
    month = organisation().today.replace(day=1)
    return sum(len(one.seen) for one in Sight.objects.filter(user=user, month=month))


def home_region() -> str:
    """Where phones without a country's code are at home: the organisation's calendar says so."""
    code = organisation().calendar.code
    return code if code in HOMES else "CN"


def identity(customer: Customer) -> Identity:
    """What tells a customer from others."""
    return Identity(customer.name_core, customer.uscc, customer.phone, customer.phone_verified)


def certain_duplicate(asked: Identity, *, besides: int | None = None) -> tuple[str, Customer] | None:
    """A current customer with the same credit code or the same verified phone, as (field, customer)."""
    others = _others(besides)
    if asked.uscc and (found := others.filter(uscc=asked.uscc).first()):
        return "uscc", found
    if asked.phone and (found := others.filter(phone=asked.phone, phone_verified=True).first()):
        return "phone", found
    return None


def duplicates(asked: Identity, *, besides: int | None = None, limit: int = 8) -> list[Candidate]:
    """Customers that may be the one asked about, likeliest first, whoever's they are: the caller masks (AC-12)."""
    found: dict[int, Candidate] = {}
    for customer in [*_exactly(asked, besides), *_alike(asked, besides)]:
        if match := compare(asked, identity(customer)):
            found.setdefault(customer.pk, Candidate(customer, match))
    for contact in _contacts_with(asked.phone, besides):
        candidate = Candidate(contact.customer, Match("contact_phone", 0.97), contact.name)
        found.setdefault(contact.customer_id, candidate)
    ranked = sorted(found.values(), key=lambda candidate: (-candidate.match.score, candidate.customer.pk))
    return ranked[:limit]


def twinned(customer: str) -> Q:
    """Of rows that lead to a customer by this field: those whose customer shares name core or phone with another one.

    The likeness is that of `_exactly`; no two current customers have the same credit code.
    """
    others = Customer.objects.current().exclude(pk=OuterRef(customer)).order_by()
    core = others.filter(name_core=OuterRef(f"{customer}__name_core")).exclude(name_core="")
    phone = others.filter(phone=OuterRef(f"{customer}__phone")).exclude(phone="")
    return Q(Exists(core)) | Q(Exists(phone))


def _others(besides: int | None) -> Customers:
    return Customer.objects.current().exclude(pk=besides or 0).select_related("owner", "unit")


def _exactly(asked: Identity, besides: int | None) -> list[Customer]:
    """Rows with the same code, phone or core."""
    same = Q(pk__in=[])
    for name, value in (("uscc", asked.uscc), ("phone", asked.phone), ("name_core", asked.core)):
        same |= Q(**{name: value}) if value else Q()
    return list(_others(besides).filter(same)[:_MOST_EXACT])


def _alike(asked: Identity, besides: int | None) -> list[Customer]:
    """Rows whose name has the first or the last four characters of the core somewhere."""
    if len(asked.core) < SHORTEST_PART:
        return []
    ends = matches(asked.core[:4]) | matches(asked.core[-4:])
    return list(_others(besides).filter(ends)[:_MOST_ALIKE])


def _contacts_with(phone: str, besides: int | None) -> list[Contact]:
    if not phone:
        return []
    people = Contact.objects.current().filter(phone=phone).exclude(customer=besides)
    return list(people.select_related("customer__owner", "customer__unit").order_by("pk")[:5])


def all_terms() -> dict[str, list[str]]:
    """The organisation's words by kind (industry, size, region, tag), each by pinyin."""
    words: dict[str, list[str]] = {"industry": [], "size": [], "region": [], "tag": []}
    for kind, value in Term.objects.order_by("value_key").values_list("kind", "value"):
        words[kind].append(value)
    return words


def alias_ids(customer: Customer) -> list[int]:
    """Keys of the customers that were merged into this one."""
    return list(Customer.objects.filter(merged_into=customer).order_by("pk").values_list("pk", flat=True))


def merges(customer: Customer) -> list[Merge]:
    """What was merged into a customer and not parted again, newest first."""
    rows = Merge.objects.filter(kept=customer, undone_at=None).select_related("merged", "by")
    return list(rows.order_by("-id"))


def sharers(customer: Customer) -> list[User]:
    """The people a customer is shared with, by name."""
    return list(
        User.objects.filter(pk__in=customer.shares.values("user")).select_related("unit").order_by("name_key")
    )


def _files(key: int) -> QuerySet[CustomerFile]:
    rows = (
        CustomerFile.objects.filter(customer=key, removed_at=None).select_related("added_by").order_by("-id")
    )
    return rows.only("customer_id", "name", "kind", "size", "added_at", "added_by__name")


_FILES = Prepared(_files, ANY)


def files_on(customer: Customer) -> list[CustomerFile]:
    """The files on a customer, newest first."""
    return _FILES.rows(customer.pk)
