"""What rooms above this one do over HTTP as it does: handing a paper out on record; asking for other success rates;
choosing whose figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.insight.forms import FromWhenForm
from loudou.insight.lens import InsightLens
from loudou.insight.verbs import take_out
from loudou.kernel.periods import Grain
from loudou.people.web import PersonRequest, attempt
from loudou.pipeline.models import Funnel
from loudou.ui import htmx
from loudou.ui.answers import to_save
from loudou.ui.papers import Paper, as_pdf, as_workbook

WRITERS = {
    "pdf": ("application/pdf", as_pdf),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_workbook),
}


def looking_back(
    request: PersonRequest, grain: Grain, last: Callable[[InsightLens], date] | None = None
) -> InsightLens:
    """The lens of a page; without a period the one of this grain that has the last working day, today included.

    `last` says which day is looked back at where that is another one.
    """
    lens = InsightLens.read(request.GET, request.user)
    if lens.period is not None:
        return lens
    day = last(lens) if last is not None else lens.company.calendar.work_calendar().latest(lens.today)
    name = lens.company.fiscal.name(lens.company.fiscal.of(day, grain))
    return InsightLens.read({**request.GET.dict(), "period": name}, request.user)


def handed(
    request: PersonRequest, paper: Paper, form: str, *, report: str, count: int, asked: Mapping[str, str]
) -> HttpResponse:
    """The paper in the form asked for (404 for one there is not); that it was taken out is on record."""
    if form not in WRITERS:
        raise Http404
    kind, write = WRITERS[form]
    content = write(paper)
    take_out(report, form=form, count=count, asked=asked, by=request.user)
    return to_save(content, kind, f"{paper.name}.{form}")


def ask_for_rates(
    request: PersonRequest,
    funnel: Funnel,
    form: FromWhenForm,
    act: Callable[..., object],
    *,
    title: str,
    back: str,
) -> HttpResponse:
    """The dialog that lets forecasts of a funnel count otherwise, from when on and why; then the page it came from."""

    def chosen() -> bool:
        act(funnel, **form.cleaned_data, by=request.user)
        return True

    if form.is_valid() and attempt(form, chosen):
        return htmx.done(request, reverse(back) + f"?funnel={funnel.code}", message=_("Saved."))
    context = {
        "section": "insight",
        "form": form,
        "funnel": funnel,
        "action": request.path,
        "title": title,
    }
    return htmx.page(
        request,
        "insight/choose_rates.html",
        "insight/_choose_rates.html",
        context,
        status=422 if form.errors else 200,
    )


def choices_of(lens: InsightLens, which: str, **others: None) -> list[tuple[str, str, bool, int]]:
    """The units or owners a lens may be set to: name, query string, whether it is, how deep it stands in a tree.

    `others` are parameters that go with the choice.
    """
    if which == "unit":
        return [
            (unit.name, lens.href(unit=unit.code, **others), unit == lens.unit, unit.depth)
            for unit in lens.unit_choices
        ]
    if which == "owner":
        return [
            (user.name, lens.href(owner=user.username, **others), user == lens.owner, 0)
            for user in lens.owner_choices
        ]
    raise Http404
