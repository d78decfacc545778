"""The forms every organisation starts with."""

from __future__ import annotations

from loudou.forms import verbs
from loudou.forms.models import Form
from loudou.forms.presets import CATALOGUE
from loudou.journal.record import verb


@verb
def furnish() -> None:
    """Add the forms that are not there yet; what an organisation changed stays as it is."""
    there = set(Form.objects.values_list("code", flat=True))
    for preset in CATALOGUE:
        if preset.code not in there:
            verbs.add_form(**vars(preset), by=None)
