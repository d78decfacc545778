"""The page of a form as it is filled in: made from the fields of its version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.fieldwork.forms.visits import PhotosField
from loudou.forms.figures.fields import (
    CHOICE,
    CUSTOMER,
    DATE,
    DEAL,
    FIGURES,
    LONG,
    LONGEST,
    MULTI,
    PERSON,
    PHOTO,
    ROWS,
    Field,
    Wrong,
    answered,
)
from loudou.forms.models import FormVersion
from loudou.forms.verbs import Filled
from loudou.forms.words import condition, follows, wrong_sentence
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.forms.acts import Chosen
from loudou.pipeline.models import Deal
from loudou.ui import format as f
from loudou.ui import uploads
from loudou.ui.fields import SteadyForm

_BEGUN = "forms.begun"
_MOST_FEW = 6  # answers that are shown as buttons rather than as a list


class FillForm(SteadyForm):
    """A field for each of the version's; `begun` is when the page was opened, as only we can have written it."""

    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    begun = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, version: FormVersion, user: User, corrects: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.asked = version.questions
        self.fields["begun"].initial = signing.dumps(clock.now().isoformat(), salt=_BEGUN)
        for one in self.asked:
            self.fields[_name(one)] = _field(one, self.asked, user)
            if corrects and one.kind == PHOTO:
                self.fields[_name(one)].required = False  # those of the edition before stay
        if corrects:
            self.fields["reason"] = forms.CharField(
                label=_("Why it is corrected"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        today, answers = organisation().today, dict[str, Any]()
        for one in self.asked:
            name = _name(one)
            if one.kind in (*ROWS, PHOTO) or name not in cleaned:
                continue
            if one.when is not None and one.when.field not in answers:
                continue  # what it hangs on has an error of its own
            try:
                cleaned[name] = answers[one.code] = answered(one, cleaned[name], answers, today=today)
            except Wrong as wrong:
                if not (wrong.reason == "required" and name in self.errors):
                    self.add_error(name, wrong_sentence(wrong))
        return cleaned

    def questions(self) -> Iterator[tuple[Field, Any, Any]]:
        """Each field with its input, and the row it stands for if it is one."""
        for one in self.asked:
            bound = self[_name(one)]
            yield one, bound, self._row(one) if one.kind in ROWS else None

    def filled(self, tray: uploads.Tray) -> Filled:
        """What was filled in; photos are taken to the disk."""
        data = self.cleaned_data
        answers = {one.code: data.get(_name(one)) for one in self.asked}
        for one in self.asked:
            if one.kind == PHOTO:
                files = answers[one.code] or ()
                answers[one.code] = [tray.take(file, field=one.code) for file in files]
        return Filled(
            answers=answers,
            begun_at=_begun_at(data["begun"]),
            key=data["key"],
        )

    def blame(self, code: str | None) -> str | None:
        """The input a refusal is about."""
        return f"q-{code}" if f"q-{code}" in self.fields else code

    def _row(self, one: Field) -> Any:
        if self.is_bound:
            return getattr(self, "cleaned_data", {}).get(_name(one))
        return self.initial.get(_name(one))


def _name(one: Field) -> str:
    return f"q-{one.code}"


def _begun_at(sent: str) -> datetime | None:
    try:
        return datetime.fromisoformat(signing.loads(sent, salt=_BEGUN))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _field(one: Field, fields: Sequence[Field], user: User) -> forms.Field:
    notes = (f.in_words(one.help), condition(one, fields), follows(one, fields))
    common: dict[str, Any] = {
        "label": f.in_words(one.label),
        "help_text": " · ".join(note for note in notes if note),
        "required": one.required and one.when is None,  # what may not be asked is demanded once it is
    }
    if one.kind in ROWS:
        return Chosen(_ROWS[one.kind](user), **common)
    if one.kind == CHOICE:
        offered = [(choice.code, f.in_words(choice.label)) for choice in one.choices]
        few = len(offered) <= _MOST_FEW
        if few:
            return forms.ChoiceField(choices=offered, widget=forms.RadioSelect, **common)
        return forms.ChoiceField(choices=[("", "—"), *offered], **common)
    if one.kind == PHOTO:
        photos = PhotosField(**common)
        photos.widget.attrs["accept"] = "image/*"  # a phone offers its camera
        return photos
    if one.kind == MULTI:
        offered = [(choice.code, f.in_words(choice.label)) for choice in one.choices]
        return forms.MultipleChoiceField(choices=offered, widget=forms.CheckboxSelectMultiple, **common)
    return forms.CharField(max_length=LONGEST.get(one.kind, 60), widget=_widget(one), **common)


def _widget(one: Field) -> forms.Widget:
    if one.kind == LONG:
        return forms.Textarea(attrs={"rows": 3})
    if one.kind == DATE:
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if one.kind in FIGURES:
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.TextInput()


_ROWS: dict[str, Any] = {
    PERSON: lambda user: User.objects.active(),
    CUSTOMER: lambda user: Customer.objects.current().visible_to(user),
    DEAL: lambda user: Deal.objects.visible_to(user),
}
