"""What a signer types."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.ui.fields import SteadyForm

LONGEST = 2000


class OpinionForm(SteadyForm):
    opinion = forms.CharField(
        label=_("Opinion"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3, "data-opinion": ""})
    )
