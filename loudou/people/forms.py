"""The shape of what people type about themselves, each other and the organisation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext_lazy as _

from loudou.kernel.numbers import key_of
from loudou.people.landings import landings
from loudou.people.lands import land_of
from loudou.people.models import Calendar, Organisation, Rate, Unit, User
from loudou.people.queries import currencies, found, organisation
from loudou.people.roles import ROLES
from loudou.ui.fields import AmountField, DayField, SteadyForm

COMMON_CURRENCIES = ("CNY", "TWD", "HKD", "USD", "EUR", "JPY", "SGD", "GBP")
SCOPES = {"read": _("read"), "write": _("write")}
WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)


def _password(label: Any, complete: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": complete})
    return forms.CharField(label=label, strip=False, max_length=4096, widget=widget)


class SignInForm(SteadyForm):
    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}
        ),
    )
    password = _password(_("Password"), "current-password")


class CodeForm(SteadyForm):
    code = forms.CharField(
        label=_("One-time code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )


class ConfirmForm(SteadyForm):
    password = _password(_("Password"), "current-password")


class FirstRunForm(SteadyForm):
    organisation = forms.CharField(label=_("Name of the organisation"), max_length=120)
    base_currency = forms.ChoiceField(
        label=_("Base currency"),
        help_text=_("All figures are counted in it; it cannot be changed once there are deals."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))
    name = forms.CharField(
        label=_("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    username = forms.CharField(
        label=_("User name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = _password(_("Password"), "new-password")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer_zones(self, settings.TIME_ZONE)
        self._offer_currencies(organisation())
        self.fields["password"].help_text = " ".join(filter(None, password_validators_help_texts()))

    def _offer_currencies(self, company: Organisation) -> None:
        """The one it was furnished to count in, else that of the land."""
        said = company.base_currency if company.version > 1 else land_of(settings.TIME_ZONE).currency
        self.initial.setdefault("base_currency", said)
        field = cast("forms.ChoiceField", self.fields["base_currency"])
        field.choices = [(code, code) for code in dict.fromkeys((*COMMON_CURRENCIES, said))]


class NewPasswordForm(SteadyForm):
    password = _password(_("New password"), "new-password")
    again = _password(_("New password again"), "new-password")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password"].help_text = " ".join(filter(None, password_validators_help_texts()))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two do not agree."))
        return cleaned


class ForgottenForm(SteadyForm):
    username = forms.CharField(
        label=_("User name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )


class ChangePasswordForm(NewPasswordForm):
    current = _password(_("Present password"), "current-password")

    field_order = ("current", "password", "again")


class RemoveSecondFactorForm(SteadyForm):
    current = _password(_("Present password"), "current-password")


class PreferencesForm(SteadyForm):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Appearance"), choices=User.Theme.choices)
    landing = forms.ChoiceField(label=_("First page"), required=False)  # what there is depends on the person
    mail_notices = forms.ChoiceField(
        label=_("Notifications by mail"), choices=User.Mail.choices, required=False
    )
    full_amounts = forms.BooleanField(label=_("Write amounts in full instead of 万/亿"), required=False)

    def __init__(self, data: Any, *, user: User, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["landing"] = forms.ChoiceField(
            label=_("First page"), required=False, choices=landings(user)
        )


class TokenForm(SteadyForm):
    name = forms.CharField(label=_("What it is for"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=_("Scope"),
        choices=list(SCOPES.items()),
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=365, initial=90)


class PersonField(forms.Field):
    """A person chosen in a `suggest` field: by key, or without a script by the user name or whole name typed."""

    class Typed(forms.HiddenInput):
        """Reads both inputs of the component; `suggest` in the template draws them."""

        def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
            return data.get(name) or data.get(f"{name}_text") or ""

    widget = Typed

    def to_python(self, value: Any) -> User | None:
        if value in self.empty_values:
            return None
        typed = str(value).strip().replace("\x00", "")
        key = key_of(typed) or 0
        active = User.objects.active()
        matching = list(active.filter(pk=key) or active.filter(username__iexact=typed)[:2])
        matching = matching or list(found(typed).filter(is_active=True, name=typed)[:2])
        if len(matching) != 1:
            raise forms.ValidationError(_("Choose somebody from the list."))
        return matching[0]


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg] # not generic at run time
    """A unit in use, drawn as a tree."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Unit.objects.filter(retired_at=None).order_by("path"), **options)

    def label_from_instance(self, unit: Unit) -> str:
        return "\u3000" * unit.depth + unit.name


class PersonForm(SteadyForm):
    """What an administrator enters about a new person."""

    name = forms.CharField(label=_("Full name"), max_length=60)
    username = forms.CharField(
        label=_("User name"), max_length=60, widget=forms.TextInput(attrs={"autocapitalize": "none"})
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    unit = UnitField(label=_("Unit"), required=False)
    manager = PersonField(label=_("Manager"), required=False)
    joined_on = DayField(label=_("Joined on"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=list(ROLES.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    entry = forms.ChoiceField(
        label=_("How they get in"),
        choices=[
            ("password", _("a first password, to be handed over and changed at once")),
            ("mail", _("a link by mail, by which they set their own")),
        ],
        widget=forms.RadioSelect,
        initial="password",
    )


class EditPersonForm(SteadyForm):
    """What is known about a person; roles, unit and the account have acts of their own."""

    name = forms.CharField(label=_("Full name"), max_length=60)
    username = forms.CharField(label=_("User name"), max_length=60)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    manager = PersonField(label=_("Manager"), required=False)
    joined_on = DayField(label=_("Joined on"), required=False)
    left_on = DayField(label=_("Left on"), required=False)


class RolesForm(SteadyForm):
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=list(ROLES.items()), widget=forms.CheckboxSelectMultiple, required=False
    )


class LeavingForm(SteadyForm):
    """Who takes over what somebody holds, and since when they are gone."""

    heir = PersonField(label=_("Who takes over"), required=False)
    on = DayField(label=_("Left on"), required=False)


class PlaceForm(SteadyForm):
    """To which unit a person moves, and when."""

    unit = UnitField(label=_("Unit"), required=False)
    on = DayField(label=_("From day"), required=False, help_text=_("A day to come waits until it has come."))


class UnitForm(SteadyForm):
    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Unit.Kind.choices)
    parent = UnitField(label=_("Above it"), required=False)
    position = forms.IntegerField(label=_("Order"), min_value=0, max_value=9999, required=False)


class EditUnitForm(SteadyForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Unit.Kind.choices)
    position = forms.IntegerField(label=_("Order"), min_value=0, max_value=9999, required=False)


class MoveUnitForm(SteadyForm):
    parent = UnitField(label=_("Under"), required=False, empty_label=_("nothing: a unit at the top"))
    on = DayField(label=_("From day"), help_text=_("A day to come waits until it has come."))


class OrganisationForm(SteadyForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    base_currency = forms.CharField(
        label=_("Base currency"),
        max_length=3,
        help_text=_("All figures are counted in it; it cannot be changed once there are deals."),
    )
    fiscal_first_month = forms.TypedChoiceField(
        label=_("Fiscal year starts in month"), choices=[(n, str(n)) for n in range(1, 13)], coerce=int
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Days begin and end there, for everybody.")
    )
    calendar = forms.ModelChoiceField(Calendar.objects.order_by("code"), label=_("Calendar"))
    back_date_days = forms.IntegerField(
        label=_("Facts may be dated back by days"),
        min_value=0,
        max_value=365,
        help_text=_("Further back only with the right to."),
    )
    reopen_days = forms.IntegerField(
        label=_("A lost deal may be reopened for days"), min_value=0, max_value=3650
    )
    hold_days = forms.IntegerField(label=_("A deal may rest for days"), min_value=0, max_value=365)
    confirm_amount = AmountField(label=_("A manager confirms promotions from this amount"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer_zones(self, organisation().time_zone)

    @staticmethod
    def initial_of(company: Organisation) -> dict[str, Any]:
        """What the form shows of an organisation as it stands."""
        return {name: getattr(company, name) for name in OrganisationForm.base_fields}


class NarrowForm(SteadyForm):
    verb_name = forms.CharField(max_length=40)
    role = forms.CharField(max_length=12)
    reach = forms.CharField(max_length=6, required=False)


class CalendarForm(SteadyForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    weekend = forms.TypedMultipleChoiceField(
        label=_("Free weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class AddCalendarForm(CalendarForm):
    code = forms.CharField(label=_("Code"), max_length=20)

    field_order = ("code", "name", "weekend")


class CalendarDayForm(SteadyForm):
    day = DayField(label=_("Day"))
    working = forms.ChoiceField(
        label=_("That day"),
        choices=[
            ("off", _("nobody works (holiday)")),
            ("on", _("people work (make-up day)")),
            ("", _("as the week has it")),
        ],
        required=False,
    )
    name = forms.CharField(label=_("Name"), max_length=80, required=False)


class RateForm(SteadyForm):
    currency = forms.CharField(
        label=_("Currency"),
        max_length=3,
        widget=forms.TextInput(attrs={"list": "currencies", "autocapitalize": "characters"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Rate.Kind.choices)
    valid_from = DayField(label=_("Valid from"))
    rate = forms.DecimalField(
        label=_("Rate"),
        max_digits=18,
        decimal_places=8,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).strip().upper()

    def offered(self) -> list[str]:
        """Currencies to propose: those in use, then common ones."""
        return sorted({*currencies(), *COMMON_CURRENCIES} - {organisation().base_currency})


def _offer_zones(form: forms.Form, present: str) -> None:
    field = form.fields["time_zone"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(zone, zone) for zone in sorted({*_zones(), present})]
    field.initial = field.initial or present


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    """The zones of places; names such as EST and Etc/GMT+3 are no place."""
    places = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    return tuple(zone for zone in available_timezones() if zone.split("/")[0] in places)


class SavedViewForm(SteadyForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    shared = forms.BooleanField(label=_("Share it with my unit"), required=False)
