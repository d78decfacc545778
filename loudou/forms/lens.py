"""Which forms, and which of what was handed in, a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.forms.models import Form, FormRecord, FormVersion
from loudou.forms.queries.records import rows
from loudou.kernel.numbers import key_of
from loudou.people.lens import PeopleLens
from loudou.pipeline.models import Deal
from loudou.ui.paging import Page, keyset
from loudou.ui.search import matches, searchable

ORDER = ("-submitted_at", "-id")
FORM_STATES = {
    "issued": _("in force"),
    "under_way": _("on the way"),
    "retired": _("retired"),
    "all": _("all"),
}
RECORD_STATES = {
    "unread": _("not read"),
    "read": _("was read"),
    "wasted": _("not read in time"),
    "used": _("used"),
    "flagged": _("with red flags"),
    "unsigned": _("not signed"),
}
_FORM_CONDITIONS = {
    "issued": Q(retired_at=None) & ~Q(current=None),
    "under_way": Q(versions__state__in=FormVersion.ON_THE_WAY),
    "retired": ~Q(retired_at=None),
    "all": Q(),
}
_RECORD_CONDITIONS = {
    "unread": Q(opened_at=None),
    "read": ~Q(opened_at=None),
    "wasted": Q(opened_at=None) | Q(opened_at__gte=F("read_until")),  # as waste is counted (M47)
    "used": ~Q(used_at=None),
    "flagged": ~Q(flags=[]),
    "unsigned": Q(form_version__signed=True, signed_at=None),
}


@dataclass(frozen=True)
class FormLens(PeopleLens):
    """Forms in a state; unasked those in force."""

    state: str = ""

    see = "forms.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("state",)

    @cached_property
    def forms(self) -> Any:
        """The forms asked for, cut to what the person may see."""
        seen = Form.objects.visible_to(self.user)
        return seen.filter(_FORM_CONDITIONS[self.state or "issued"]).distinct()

    def page(self, after: str = "") -> Page[Form]:
        """A page of them by number."""
        return keyset(self.forms, order=("code",), load=_forms, after=after, size=100)

    def _take(self, name: str, raw: str) -> Self:
        if name == "state" and raw in FORM_STATES:
            return replace(self, state=raw)
        return super()._take(name, raw)


@dataclass(frozen=True)
class RecordLens(PeopleLens):
    """Records of a form, a unit, a person, a period, a customer, a deal, in a state, found by a text.

    Unit and period go by the day a record is about; `by=handed` takes when it was handed in, as load and worth count.
    """

    form: Form | None = None
    customer: Customer | None = None
    deal: Deal | None = None
    state: str = ""
    text: str = ""
    is_handed: bool = False

    see = "forms.see_records"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("form", "unit", "owner", "period", "from", "to", "by", "customer", "deal", "state", "q")

    @cached_property
    def records(self) -> Any:
        """The records asked for, cut to what the person may see."""
        found = FormRecord.objects.current().visible_to(self.user).filter(self._when())
        same = {"form": self.form, "author": self.owner, "customer": self.customer, "deal": self.deal}
        found = found.filter(**{name: row for name, row in same.items() if row is not None})
        if self.state:
            found = found.filter(_RECORD_CONDITIONS[self.state])
        return found.filter(matches(self.text)) if searchable(self.text) else found

    def _when(self) -> Q:
        """The period and where people stood in it, by the day a record is about or by when it was handed in."""
        zone = self.company.zone if self.is_handed else None
        at = "submitted_at" if self.is_handed else "day"
        wanted = self.rows_then(at, zone=zone)
        if self.period is None:
            return wanted
        days = (self.period.start, self.period.end)
        since, until = self.period.instants(zone) if zone else days
        return wanted & Q(**{f"{at}__gte": since, f"{at}__lt": until})

    def page(self, after: str = "") -> Page[FormRecord]:
        """A page of them, the latest first."""
        return keyset(self.records, order=ORDER, load=rows, after=after)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.asked)

    def _take(self, name: str, raw: str) -> Self:
        if name == "q":
            return replace(self, text=raw[:60])
        if name == "state" and raw in RECORD_STATES:
            return replace(self, state=raw)
        if name == "by" and raw == "handed":
            return replace(self, is_handed=True)
        if name == "form":
            return replace(self, form=_there(Form.objects.visible_to(self.user).filter(code=raw), raw))
        if name == "customer":
            return replace(self, customer=_there(_keyed(Customer.objects.visible_to(self.user), raw), raw))
        if name == "deal":
            return replace(self, deal=_there(_keyed(Deal.objects.visible_to(self.user), raw), raw))
        return super()._take(name, raw)


def _keyed(found: Any, raw: str) -> Any:
    return found.filter(pk=key_of(raw) or 0)


def _there(found: Any, raw: str) -> Any:
    row = found.first()
    if row is None:
        raise ValueError(raw)
    return row


def _forms(keys: list[int]) -> list[Form]:
    return list(
        Form.objects.filter(pk__in=keys)
        .select_related("current", "owner", "unit")
        .prefetch_related("versions")
    )
