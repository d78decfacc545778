"""The words an organisation uses for industries, regions, sizes and tags are remembered as they come."""

from __future__ import annotations

from collections.abc import Iterable

from loudou.customers.figures.regions import regions_of
from loudou.customers.models import Customer, Term
from loudou.customers.queries import MOST_TERMS
from loudou.ui.spelling import sort_key


def remember_terms(customers: Iterable[Customer]) -> None:
    """Keep words that are new, up to so many of a kind: a column of free text is no vocabulary."""
    said = {pair for customer in customers for pair in _of(customer) if pair[1]}
    if not said:
        return
    known = set(Term.objects.filter(value__in={value for _kind, value in said}).values_list("kind", "value"))
    fresh = sorted(said - known)
    for kind in sorted({kind for kind, _value in fresh}):
        room = MOST_TERMS - Term.objects.filter(kind=kind).count()
        words = [value for other, value in fresh if other == kind][: max(room, 0)]
        Term.objects.bulk_create(
            [Term(kind=kind, value=value, value_key=sort_key(value)) for value in words],
            ignore_conflicts=True,
        )


def _of(customer: Customer) -> list[tuple[str, str]]:
    """A region is remembered by its province where it has one, so that the filter stays short."""
    region = regions_of(customer.region)
    return [
        ("industry", customer.industry),
        ("size", customer.size),
        ("region", region[1] if len(region) > 1 else customer.region),
        *(("tag", tag) for tag in customer.tags),
    ]
