"""Two forms that ask the same become one (M47): begun as the next version of the one that is to ask it."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.forms.figures.fields import Field, loose
from loudou.forms.models import Form, FormVersion, Review
from loudou.forms.queries.catalogue import asked_elsewhere
from loudou.forms.verbs.designing import change_form, edit_version
from loudou.forms.verbs.issuing import retire_form
from loudou.journal.record import verb
from loudou.people.access import may, require
from loudou.people.models import User


@verb
def begin_merger(review: Review, *, by: User | None) -> None:
    """Begin what a decision to merge comes to; a version that is under way already is left as it is.

    The larger form gets what only the smaller one asks. Where the larger one cannot be written (a page of the product,
    a form of somebody else), the smaller one asks no more what is asked there; with nothing left of it, it is retired.
    """
    require(by, "forms.manage", review.form)
    form, into = review.form, _into(review)
    if into is None or into.current is None or form.current is None or form.built_in:
        _change(form, None, by)
        return
    rest = loose([one for one in form.current.questions if not asked_elsewhere(one, into.current)])
    if not rest:
        retire_form(form, reason=review.note, by=by)
    elif into.built_in or not may(by, "forms.manage", into):
        _change(form, rest, by)
    else:
        _change(into, [*into.current.questions, *rest], by)


def _into(review: Review) -> Form | None:
    issued = Form.objects.issued().filter(code=review.merge_with).exclude(pk=review.form_id)
    return issued.select_related("current").first()


def _change(form: Form, fields: Sequence[Field] | None, by: User | None) -> FormVersion | None:
    if form.under_way is not None:
        return None
    begun = change_form(form, by=by)
    return begun if fields is None else edit_version(begun, by=by, fields=fields)
