"""The shape of what people type while somebody is on the line."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Contact, Customer
from loudou.customers.queries import contacts
from loudou.fieldwork.queries.calls import with_number
from loudou.fieldwork.verbs import number_as_kept
from loudou.people.forms import PersonField
from loudou.people.models import User
from loudou.pipeline.forms.acts import Chosen
from loudou.pipeline.models import Deal
from loudou.ui.fields import DayField, InstantField, SteadyForm

_NUMBER = re.compile(r"\+?[\d\s\-()（）转轉x#]{5,}")
_TOKEN = re.compile(r"(contact|customer|colleague)-(\d{1,17})")


class CallForm(SteadyForm):
    """Who rang, what about, what was answered, who follows it up until when.

    `caller` is the one chosen while typing; where nobody was, what was typed is a number or a name, and a number that
    only one person has names them.
    """

    caller = forms.CharField(label=_("Who rang"), required=False, widget=forms.HiddenInput)
    caller_text = forms.CharField(required=False, max_length=120)
    name = forms.CharField(label=_("Caller's name"), required=False, max_length=120)
    matter = forms.CharField(label=_("Matter"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    reply = forms.CharField(
        label=_("Reply"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = PersonField(label=_("Followed up by"), required=False)
    due_on = DayField(label=_("Due on"), required=False)
    at = InstantField(label=_("When"))
    minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        min_value=0,
        max_value=600,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    deal = Chosen(Deal.objects.none(), label=_("Deal"), required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        deals: Any = self.fields["deal"]
        deals.queryset = Deal.objects.visible_to(user)

    def clean_caller(self) -> Contact | Customer | User | None:
        """Whoever was chosen, if they are the person's to see."""
        found = _TOKEN.fullmatch(self.cleaned_data["caller"])
        if found is None:
            return None
        kind, key = found[1], int(found[2])
        if kind == "colleague":
            return User.objects.active().filter(pk=key).first()
        rows: Any = contacts() if kind == "contact" else Customer.objects.current()
        row: Contact | Customer | None = rows.visible_to(self.user).filter(pk=key).first()
        return row

    @property
    def told(self) -> dict[str, Any]:
        """What was typed, as the verb takes it."""
        values = dict(self.cleaned_data)
        typed, who = values.pop("caller_text"), values.pop("caller")
        numbered = bool(_NUMBER.fullmatch(typed))
        if who is None and numbered:
            who = with_number(number_as_kept(typed), self.user)
        said = {"phone": typed if numbered else "", "name": "" if numbered else typed}
        if isinstance(who, Contact):
            said = {"customer": who.customer, "name": who.name, "phone": who.phone}
        elif isinstance(who, Customer):
            said = {"customer": who, "name": "", "phone": who.phone}
        elif isinstance(who, User):
            said = {"colleague": who, "name": who.name, "phone": who.phone}
        values["name"] = values["name"] or said.pop("name")
        return {**said, **values}
