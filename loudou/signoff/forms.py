"""What a signer types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.people.grants import GRANTS
from loudou.people.models import User
from loudou.ui.fields import DayField, SteadyForm

LONGEST = 2000


class OpinionForm(SteadyForm):
    opinion = forms.CharField(
        label=_("Opinion"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3, "data-opinion": ""})
    )


class DelegateForm(SteadyForm):
    """Who signs instead, from when to when."""

    to = forms.ModelChoiceField(User.objects.none(), label=_("Signs instead of me"))
    first = DayField(label=_("First day"))
    last = DayField(label=_("Last day"))
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        able = User.objects.active().filter(roles__overlap=list(GRANTS["signoff.sign"])).exclude(pk=user.pk)
        people: Any = self.fields["to"]
        people.queryset = able.order_by("name_key", "pk")
