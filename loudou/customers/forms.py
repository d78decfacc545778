"""The shape of what people type about customers; what it may be, the verbs decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import GRADES, SOURCES, Contact, Customer
from loudou.people.forms import PersonField
from loudou.ui.fields import InstantField, SteadyForm

_NONE = [("", "—")]


def _text(
    label: Any, longest: int, *, required: bool = False, offers: str = "", **attrs: Any
) -> forms.CharField:
    """One line; `offers` names the datalist with words to choose from."""
    if offers:
        attrs["list"] = offers
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget)


class CustomerForm(SteadyForm):
    """What is known of a customer."""

    name = _text(_("Name"), 200, required=True, autofocus=True)
    kind = forms.ChoiceField(label=_("Kind"), choices=Customer.Kind.choices, initial=Customer.Kind.COMPANY)
    phone = _text(_("Phone"), 60, inputmode="tel")
    uscc = _text(_("Unified social credit code"), 40, autocapitalize="characters", spellcheck="false")
    industry = _text(_("Industry"), 80, offers="words-industry")
    region = _text(_("Region"), 80, offers="words-region")
    size = _text(_("Size"), 40, offers="words-size")
    source = forms.ChoiceField(label=_("Source"), choices=[*_NONE, *SOURCES.items()], required=False)
    grade = forms.ChoiceField(label=_("Grade"), choices=[*_NONE, *GRADES.items()], required=False)
    code = _text(_("Code"), 60)
    tags = _text(_("Tags"), 900, offers="words-tag")
    website = _text(_("Website"), 200, inputmode="url")
    created_at = InstantField(label=_("Customer since"), required=False)
    address = _text(_("Address"), 300)
    note = forms.CharField(
        label=_("Note"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = PersonField(label=_("Owner"), required=False)

    def __init__(self, *args: Any, with_owner: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not with_owner:
            del self.fields["owner"]
        own = str(self.initial.get("grade", ""))
        if own and own not in GRADES:  # a grade of the organisation's own stays to choose
            self.fields["grade"].choices = [*_NONE, *GRADES.items(), (own, own)]  # type: ignore[attr-defined]

    def clean_tags(self) -> list[str]:
        """Tags stand behind each other, parted by commas of either script."""
        return str(self.cleaned_data["tags"]).replace("，", ",").replace("、", ",").split(",")


class ContactForm(SteadyForm):
    """What is known of a person at a customer."""

    name = _text(_("Name"), 80, required=True, autofocus=True)
    title = _text(_("Position"), 80)
    part = forms.ChoiceField(
        label=_("Part in the decision"), choices=[*_NONE, *Contact.Part.choices], required=False
    )
    attitude = forms.ChoiceField(
        label=_("Attitude"), choices=Contact.Attitude.choices, initial=Contact.Attitude.UNKNOWN
    )
    phone = _text(_("Phone"), 60, inputmode="tel")
    email = _text(_("E-mail"), 254, inputmode="email")
    wechat = _text(_("WeChat"), 60)
    note = _text(_("Note"), 300)


class HandOverForm(SteadyForm):
    """To whom, and why."""

    owner = PersonField(label=_("New owner"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Both will read it."),
    )


class ShareForm(SteadyForm):
    """With whom."""

    user = PersonField(label=_("Colleague"))


class TagForm(SteadyForm):
    """Tags to put on and to take off."""

    add = _text(_("Put on"), 400, offers="words-tag")
    remove = _text(_("Take off"), 400, offers="words-tag")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in ("add", "remove"):
            parts = str(cleaned.get(name, "")).replace("，", ",").replace("、", ",").split(",")
            cleaned[name] = [" ".join(part.split()) for part in parts if part.strip()]
        if not cleaned["add"] and not cleaned["remove"] and not self.errors:
            self.add_error("add", _("Name at least one tag."))
        return cleaned


class MergeForm(SteadyForm):
    """Which customer goes into the one at hand: a likely one, or another that was looked up."""

    merged = forms.ModelChoiceField(
        Customer.objects.none(), label=_("Customer to merge into this one"), required=False
    )
    other = forms.ModelChoiceField(Customer.objects.none(), required=False)

    def __init__(self, *args: Any, choices: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.queryset = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["merged"] = cleaned.get("other") or cleaned.get("merged")
        if cleaned["merged"] is None and not self.errors:
            self.add_error("merged", _("Choose the customer that goes into this one."))
        return cleaned
