"""The shape of what people type about themselves and each other."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from loudou.people.models import User
from loudou.people.roles import ROLES
from loudou.ui.fields import SteadyForm


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
        max_length=10,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )


class ConfirmForm(SteadyForm):
    password = _password(_("Password"), "current-password")


class FirstRunForm(SteadyForm):
    organisation = forms.CharField(label=_("Name of the organisation"), max_length=120)
    name = forms.CharField(label=_("Your name"), max_length=60)
    username = forms.CharField(
        label=_("User name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = _password(_("Password"), "new-password")


class ChangePasswordForm(SteadyForm):
    current = _password(_("Present password"), "current-password")
    password = _password(_("New password"), "new-password")
    again = _password(_("New password again"), "new-password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two do not agree."))
        return cleaned


class PreferencesForm(SteadyForm):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Appearance"), choices=User.Theme.choices)
    landing = forms.ChoiceField(
        label=_("First page"),
        required=False,
        choices=[
            ("", _("My day")),
            ("pipeline:board", _("Board")),
            ("pipeline:list", _("Deals")),
            ("customers:list", _("Customers")),
            ("insight:funnel", _("Funnel analysis")),
        ],
    )
    full_amounts = forms.BooleanField(label=_("Write amounts in full instead of 万/亿"), required=False)


class TokenForm(SteadyForm):
    name = forms.CharField(label=_("What it is for"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=_("Scope"),
        choices=[("read", _("read")), ("write", _("write"))],
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=365, initial=90)


class PersonForm(SteadyForm):
    """What an administrator enters about a person; roles and unit have verbs of their own."""

    name = forms.CharField(label=_("Name"), max_length=60)
    username = forms.CharField(label=_("User name"), max_length=60)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=list(ROLES.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
