"""The shape of a note and of a file."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.remarks.writing import LONGEST_NOTE
from loudou.ui.fields import SteadyForm


class NoteForm(SteadyForm):
    text = forms.CharField(
        label=_("Note"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2}), strip=True
    )


class FileForm(SteadyForm):
    file = forms.FileField(label=_("File"))
