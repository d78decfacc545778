"""The shape of a workbook of targets that comes back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.ui.fields import SteadyForm


class WorkbookForm(SteadyForm):
    """The file."""

    file = forms.FileField(
        label=_("File"), help_text=_("The sheet as it was written out, with what you typed into it.")
    )
