"""Which customers a person is looking at: the list, its exports and the suggestions read the same address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from django.db.models import Q

from loudou.customers.models import SOURCES, Customer, Customers, Share
from loudou.customers.queries import rows
from loudou.people.access import marked, may, unit_ids
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.ui.paging import CAP, SIZE, Page, keyset
from loudou.ui.search import of_facets, searchable

# What the list can be sorted by; every order has an index and ends in the key.
SORTS: dict[str, tuple[str, ...]] = {
    "touched": ("-touched_at", "-id"),
    "name": ("name_key", "id"),
    "newest": ("-id",),
}
COLUMNS = (
    "code",
    "phone",
    "industry",
    "size",
    "region",
    "source",
    "grade",
    "tags",
    "unit",
    "created",
    "touched",
)
SHOWN = ("phone", "industry", "region", "grade", "touched")  # unless somebody chose
LONGEST_TEXT = 60
NOBODY = "none"  # owner=none: customers that nobody owns


@dataclass(frozen=True)
class CustomerLens(PeopleLens):
    """Customers by text, industry, region, source, grade, kind and tag, in an order, with the columns to show."""

    text: str = ""
    industry: str = ""
    region: str = ""
    source: str = ""
    grade: str = ""
    kind: str = ""
    tag: str = ""
    unowned: bool = False
    sort: str = ""
    columns: tuple[str, ...] = ()

    see = "customers.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        asked = ("unit", "owner", "q", "industry", "region", "source", "grade", "kind", "tag")
        return (*asked, "sort", "columns")

    @cached_property
    def customers(self) -> Customers:
        """The customers asked for, cut to what the person may see; those merged into others are not shown."""
        return self._asked_for(self.permitted)

    @cached_property
    def sought(self) -> Customers:
        """The same customers, in the words of the index that a text is looked up in: quicker to read, but in no order."""
        return self._asked_for(self._cut(_marked)) if self.text else self.customers

    def _asked_for(self, permitted: Customers) -> Customers:
        found: Customers = permitted.current().filter(of_facets(self.facets))
        if self.text:
            found = found.found(self.text, whole_phone=may(self.user, "customers.see_phone"))
        return found

    @property
    def facets(self) -> dict[str, str]:
        """What is filtered by beside whose they are, by the names the search column has for it."""
        return {
            name: getattr(self, name) for name in ("industry", "region", "source", "grade", "kind", "tag")
        }

    @cached_property
    def permitted(self) -> Customers:
        """What the person may see of the chosen unit and owner.

        The same customers as `visible_to` gives, in a form that an index answers: beside the unit or the owner, the
        few that are the person's for another reason are named by key.
        """
        return self._cut(_of)

    def _cut(self, of: Callable[[list[int] | None, int | None], Q]) -> Customers:
        customers: Customers = Customer.objects.all()
        if self.unowned:
            customers = customers.filter(owner=None)
        elif self.owner is not None:
            customers = customers.filter(of(None, self.owner.pk))
        if self.unit is not None:
            customers = customers.filter(of(sorted(self.units or ()), None))
        if self.user is None or self.far is Reach.ALL:
            return customers
        if self.far is Reach.NONE:
            return customers.none()
        if self.unit is not None and self.far > Reach.OWN:
            return customers  # `units` is cut to the person's own branch already
        if self.owner is not None and self.owner.pk == self.user.pk:
            return customers
        within = of(None, self.user.pk) if self.far is Reach.OWN else of(self._branch, None)
        return customers.filter(within | Q(pk__in=self._elsewhere) if self._elsewhere else within)

    def page(self, after: str = "") -> Page[Customer]:
        """One page of the list, its owners and units at hand.

        Counting what a filter finds can cost more than finding it: a full page of those comes without a count, and the
        list asks for `count` afterwards.
        """
        if self.text and not after:
            return self._first(SIZE)
        asked = not self.text and not any(self.facets.values())
        page = keyset(self.customers, order=self.order, load=rows, after=after, counted=asked)
        return page if page.count is not None or page.next or after else replace(page, count=len(page.rows))

    def count(self) -> int:
        """How many there are, counted up to one more than the cap."""
        return self.sought.order_by()[: CAP + 1].count()

    def page_rows(self, count: int) -> list[Customer]:
        """The first few of the list, uncounted: what a field offers while one types."""
        if self.text:
            return self._first(count).rows
        return keyset(self.customers, order=self.order, load=rows, size=count, counted=False).rows

    def _first(self, size: int) -> Page[Customer]:
        """The first of those a text finds, counted up to the cap: cut from all of them where they are no more than that."""
        names = [name.lstrip("-") for name in self.order]
        read = list(self.sought.order_by().values_list("pk", *names)[: CAP + 1])
        whole = read if len(read) <= CAP else None
        page = keyset(self.customers, order=self.order, load=rows, size=size, counted=False, read=whole)
        return replace(page, count=len(read))

    @property
    def sees_all(self) -> bool:
        """Whether nothing is hidden from the person, customers without an owner included."""
        return self.far is Reach.ALL

    @property
    def sees_others(self) -> bool:
        """Whether the person sees more than their own, so that it can be asked whose."""
        return self.far > Reach.OWN

    def cleared(self) -> str:
        """The query string without any filter; order and columns stay."""
        return self.without(*(name for name in self.names() if name not in ("sort", "columns")))

    def toggled(self, column: str) -> str:
        """The query string with a column shown that was not, or the other way round."""
        wanted = [name for name in COLUMNS if (name in self.shown) != (name == column)]
        return self.href(columns=None if tuple(wanted) == SHOWN else ",".join(wanted))

    @property
    def order(self) -> tuple[str, ...]:
        """The order of the list."""
        return SORTS[self.sort or "touched"]

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns to show, in their order."""
        return self.columns or SHOWN

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but an order or columns was asked for."""
        return bool(set(self.asked) - {"sort", "columns"})

    @cached_property
    def _branch(self) -> list[int]:
        assert self.user is not None
        return sorted(unit_ids(self.user, self.far))

    @cached_property
    def _elsewhere(self) -> list[int]:
        """Customers shared with the person, and for a leader their own that stand in no unit of theirs."""
        assert self.user is not None
        keys = Share.objects.filter(user=self.user).values_list("customer_id")
        if self.far is not Reach.OWN:
            own = Customer.objects.filter(owner=self.user).filter(~Q(unit__in=self._branch) | Q(unit=None))
            keys = keys.union(own.values_list("pk"))
        return sorted(key for (key,) in keys)

    def _take(self, name: str, raw: str) -> Self:
        if taking := _TAKING.get(name):
            return replace(self, **taking(raw))
        if name == "owner" and raw == NOBODY:
            return replace(self, unowned=True)
        return super()._take(name, raw)


def _of(units: list[int] | None, owner: int | None) -> Q:
    return Q(owner=owner) if units is None else Q(unit__in=units)


def _marked(units: list[int] | None, owner: int | None) -> Q:
    return marked(Customer, [owner or 0] if units is None else [-key for key in units])


def _one_of(name: str, choices: Any) -> Callable[[str], dict[str, Any]]:
    def take(raw: str) -> dict[str, Any]:
        if raw not in choices:
            raise ValueError(raw)
        return {name: raw}

    return take


def _text(raw: str) -> dict[str, Any]:
    if not searchable(raw):
        raise ValueError(raw)
    return {"text": raw[:LONGEST_TEXT]}


def _columns(raw: str) -> dict[str, Any]:
    wanted = set(raw.split(","))
    if not wanted <= set(COLUMNS):
        raise ValueError(raw)
    return {"columns": tuple(name for name in COLUMNS if name in wanted)}


def _plain(name: str) -> Callable[[str], dict[str, Any]]:
    def take(raw: str) -> dict[str, Any]:
        if len(raw) > 80 or not raw.isprintable():
            raise ValueError(raw)
        return {name: raw}

    return take


_TAKING: dict[str, Callable[[str], dict[str, Any]]] = {
    "q": _text,
    "industry": _plain("industry"),
    "region": _plain("region"),
    "source": _one_of("source", SOURCES),
    "grade": _plain("grade"),
    "kind": _one_of("kind", Customer.Kind.values),
    "tag": _plain("tag"),
    "sort": _one_of("sort", SORTS),
    "columns": _columns,
}
