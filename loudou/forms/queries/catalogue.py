"""The register of forms: which there are, which of them somebody may fill in, which ask the same."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404

from loudou.forms.figures.fields import Field
from loudou.forms.figures.worth import Overlap, overlaps
from loudou.forms.models import Form, FormVersion
from loudou.people.access import may
from loudou.people.models import User
from loudou.ui.spelling import folded


def find_form(user: User, pk: int) -> Form:
    """The form with this number, if the person may see it; else 404."""
    rows = Form.objects.visible_to(user).select_related("current", "owner", "unit")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def find_version(user: User, pk: int) -> FormVersion:
    """A version of a form the person may see; else 404. What is no more than proposed is seen by who keeps forms."""
    found = (
        FormVersion.objects.filter(pk=pk).select_related("form__owner", "form__unit", "form__current").first()
    )
    if found is None or not Form.objects.visible_to(user).filter(pk=found.form_id).exists():
        raise Http404
    return found


def fillable(user: User) -> list[Form]:
    """The forms in force that are for this person to fill in here, by number."""
    if not may(user, "forms.fill"):
        return []
    rows = (
        Form.objects.issued().visible_to(user).filter(built_in="", current__fillers__overlap=list(user.roles))
    )
    return list(rows.select_related("current").order_by("code"))


def alike(forms: Iterable[Form]) -> list[Overlap]:
    """Pairs of forms in force that share fields, the most alike first; of the two the smaller may go into the larger."""
    return overlaps(
        {
            form.code: [_names(one) for one in form.current.questions]
            for form in forms
            if form.current is not None
        }
    )


def asked_elsewhere(asked: Field, version: FormVersion) -> bool:
    """Whether a version of another form asks the same."""
    return any(_names(asked) & _names(one) for one in version.questions)


def _names(asked: Field) -> frozenset[str]:
    return frozenset({folded(asked.code), *map(folded, asked.label.values())})
