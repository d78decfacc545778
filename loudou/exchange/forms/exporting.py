"""What somebody wants exported."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.models import Export
from loudou.people.models import User
from loudou.ui.fields import SteadyForm
from loudou.ui.objects import read_json


class ExportForm(SteadyForm):
    """The kinds the person may export; the filters of a list come along unseen."""

    kind = forms.ChoiceField(label=_("What"))
    format = forms.ChoiceField(label=_("Format"), choices=Export.Format.choices, initial=Export.Format.XLSX)
    filters = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("What for"),
        required=False,
        max_length=500,
        help_text=_("Needed for more than 250 customers within a day: your superior approves it."),
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kind: forms.ChoiceField = self.fields["kind"]  # type: ignore[assignment]
        kind.choices = [(sheet.kind, sheet.title) for sheet in SHEETS.values() if sheet.open_to(user)]

    def clean_filters(self) -> dict[str, str]:
        raw = self.cleaned_data["filters"] or "{}"
        try:
            found = read_json(raw)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise forms.ValidationError(_("The filters cannot be read; go back to the list and try again."))
        return found
