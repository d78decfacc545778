"""Filling a form in, and what came in on forms: the list, one record, correcting, reading, using, taking out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.forms import verbs
from loudou.forms.figures.fields import CUSTOMER, DEAL, ROWS
from loudou.forms.forms import DoubtForm, FillForm, UseForm
from loudou.forms.lens import RECORD_STATES, RecordLens
from loudou.forms.models import Form, FormFile, FormRecord
from loudou.forms.papers import as_csv, chain_of, record_paper, records_paper, told
from loudou.forms.queries.catalogue import fillable, find_form
from loudou.forms.queries.records import SHOWN, editions, photos, readings, rows
from loudou.forms.verbs import Filled
from loudou.forms.views._common import context, dialog
from loudou.journal.queries import about
from loudou.kernel.numbers import key_of
from loudou.kernel.refusals import Refused
from loudou.people.access import fetch, may
from loudou.people.models import User
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline.models import Deal
from loudou.signoff.queries import answered_about, signs, waiting_about
from loudou.ui import htmx, uploads
from loudou.ui.answers import to_save
from loudou.ui.papers import as_pdf, as_workbook

_WRITERS = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_workbook),
    "csv": ("text/csv; charset=utf-8", as_csv),
    "pdf": ("application/pdf", as_pdf),
}


@signed_in("GET", to="forms.see_records")
def records(request: PersonRequest) -> HttpResponse:
    """What came in, the latest first."""
    lens = RecordLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    shown = context("records", lens=lens, page=lens.page(after))
    if after and htmx.asked(request):
        return render(request, "forms/_rows.html", shown)
    seen = Form.objects.visible_to(request.user).filter(built_in="").exclude(current=None)
    shown |= {
        "states": RECORD_STATES.items(),
        "forms": list(seen.select_related("current").order_by("code")),
        "periods": lens.period_choices(),
    }
    return render(request, "forms/records.html", shown)


@signed_in("GET", "POST", to="forms.fill")
def fill(request: PersonRequest, pk: int) -> HttpResponse:
    """Fill a form in; opened from a customer or a deal, that one is filled in."""
    found = find_form(request.user, pk)
    if found not in fillable(request.user) or found.current is None:
        raise Http404
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FillForm(*sent, version=found.current, user=request.user, initial=_initial(request, found))
    if request.method == "POST" and form.is_valid():
        made = _handing(form, lambda filled: verbs.fill_form(found, filled, by=request.user))
        if made is not None:
            return htmx.done(request, reverse("forms:record", args=[made.pk]), message=_("Handed in."))
    return _filling(request, form, found, reverse("forms:fill", args=[pk]))


@signed_in("GET", "POST")
def correct(request: PersonRequest, pk: int) -> HttpResponse:
    """Hand a corrected edition in."""
    former = _record(request, pk, to="forms.fill")
    version = former.form_version
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FillForm(*sent, version=version, user=request.user, corrects=True, initial=_before(former))
    if request.method == "POST" and form.is_valid():
        how: Any = {
            "reason": form.cleaned_data["reason"],
            "by": request.user,
            "seen": posted_version(request),
        }
        made = _handing(form, lambda filled: verbs.correct_record(former, filled, **how))
        if made is not None:
            return htmx.done(request, reverse("forms:record", args=[made.pk]), message=_("Corrected."))
    return _filling(request, form, former.form, reverse("forms:correct", args=[pk]), former)


@signed_in("GET")
def record(request: PersonRequest, pk: int) -> HttpResponse:
    """One record: its answers, who read it, its editions."""
    found = _record(request, pk)
    waiting = waiting_about(found)
    shown = context(
        "records",
        record=found,
        lines=[
            (one, told(one, found.answers.get(one.code)), found.answers.get(one.code))
            for one in found.form_version.questions
        ],
        editions=editions(found),
        photos=photos(found),
        readings=readings(found),
        to_sign=next((one for one in waiting if signs(request.user, one)), None),
        answered=answered_about(found),
        entries=about(found, limit=20),
        chain=chain_of(found, request.user),
        can=[name for name in ("fill", "check") if may(request.user, f"forms.{name}", found)],
        mine=found.author_id == request.user.pk,
    )
    return render(request, "forms/record.html", shown)


@signed_in("GET")
def file(request: PersonRequest, pk: int) -> HttpResponse:
    """A photo, for who may see the record."""
    found = get_object_or_404(FormFile, pk=pk)
    _record(request, found.record_id)
    try:
        return uploads.answer(found.stored_as, name=found.name, kind=found.kind)  # type: ignore[return-value]
    except FileNotFoundError:
        raise Http404 from None


@signed_in("POST")
def read(request: PersonRequest, pk: int) -> HttpResponse:
    """Note that it was read: the page of a record says so itself when it is opened."""
    verbs.read_record(_record(request, pk), by=request.user)
    return htmx.done(request, reverse("forms:record", args=[pk]), event="form-read")


@signed_in("GET", "POST")
def use(request: PersonRequest, pk: int) -> HttpResponse:
    """Say what it was used for."""
    found = _record(request, pk)
    typed = UseForm(request.POST or None)
    act = partial(verbs.use_record, found, by=request.user)
    if typed.is_valid() and attempt(typed, lambda: act(**typed.cleaned_data)) is not None:
        return htmx.done(request, reverse("forms:record", args=[pk]), message=_("Noted."))
    title, action = _("What it was used for"), reverse("forms:use", args=[pk])
    return dialog(request, typed, title=title, action=action, button=_("Save"), about=str(found))


@signed_in("GET", "POST")
def doubt(request: PersonRequest, pk: int) -> HttpResponse:
    """Say that what it tells could not be verified."""
    found = _record(request, pk, to="forms.check")
    typed = DoubtForm(request.POST or None)
    act = partial(verbs.doubt_record, found, by=request.user)
    if typed.is_valid() and attempt(typed, lambda: act(**typed.cleaned_data)) is not None:
        return htmx.done(request, reverse("forms:record", args=[pk]), message=_("Noted."))
    title, action = _("Could not be verified"), reverse("forms:doubt", args=[pk])
    return dialog(request, typed, title=title, action=action, button=_("Save"), about=str(found))


@signed_in("POST")
def paper(request: PersonRequest, pk: int) -> HttpResponse:
    """A filled-in form as PDF; who took it out is on record."""
    found = _record(request, pk)
    made = record_paper(found, by=request.user)
    verbs.print_record(found, by=request.user)
    return to_save(as_pdf(made), "application/pdf", f"{found.code}.pdf")


@signed_in("POST", to="exchange.export")
def take_out(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """The records of a form as a table, a column a field, as they are filtered; who took them out is on record."""
    if kind not in _WRITERS:
        raise Http404
    found = find_form(request.user, pk)
    if found.current is None or found.built_in:
        raise Http404
    lens = RecordLens.read({**request.GET.dict(), "form": found.code}, request.user)
    keys = lens.records.visible_to(request.user, "exchange.export").order_by("-submitted_at", "-pk")
    keys = list(keys.values_list("pk", flat=True)[: verbs.MOST_OUT + 1])
    verbs.take_out_records(found, count=len(keys), kind=kind, asked=lens.asked, by=request.user)
    found_rows = sorted(rows(keys), key=lambda made: (made.submitted_at, made.pk))
    table = records_paper(found, found_rows, by=request.user)
    content_type, write = _WRITERS[kind]
    return to_save(write(table), content_type, f"{found.code}.{kind}")


@signed_in("GET")
def of_customer(request: PersonRequest, pk: int) -> HttpResponse:
    """What came in about a customer, for its page."""
    customer = fetch(request.user, Customer, pk)
    return _panel(request, {"customer": customer}, customer.name)


@signed_in("GET")
def of_deal(request: PersonRequest, pk: int) -> HttpResponse:
    """What came in about a deal, for its page."""
    deal = fetch(request.user, Deal, pk)
    return _panel(request, {"deal": deal}, deal.title)


def _panel(request: PersonRequest, about_: dict[str, Any], title: str) -> HttpResponse:
    seen = FormRecord.objects.current().visible_to(request.user).filter(**about_)
    keys = list(seen.order_by("-submitted_at", "-pk").values_list("pk", flat=True)[: SHOWN + 1])
    found = {row.pk: row for row in rows(keys[:SHOWN])}
    kind = next(iter(about_))
    wanted = [one for one in fillable(request.user) if one.current and one.current.asks_for(kind)]
    shown = context("", kind=kind, row=about_[kind], title=title, rows=[found[key] for key in keys[:SHOWN]])
    shown |= {"more": len(keys) > SHOWN, "fillable": wanted}
    return htmx.page(request, "forms/panel.html", "forms/_panel.html", shown)


def _filling(
    request: PersonRequest, form: FillForm, found: Form, action: str, former: FormRecord | None = None
) -> HttpResponse:
    version = former.form_version if former is not None else found.current
    shown = context("list", form=form, found=found, version=version, action=action, former=former)
    return render(request, "forms/fill.html", shown, status=422 if form.errors else 200)


def _handing(form: FillForm, act: Callable[[Filled], FormRecord]) -> FormRecord | None:
    """Hand in with what was attached."""
    with uploads.tray(FormFile.FOLDER) as tray:
        made = _attempt(form, lambda: act(form.filled(tray)))
        if made is not None:
            tray.keep(made.files.values_list("stored_as", flat=True))
        return made


def _attempt(form: FillForm, act: Any) -> FormRecord | None:
    """Do it; a refusal goes beside the question it blames."""

    def blamed() -> Any:
        try:
            return act()
        except Refused as refusal:
            refusal.field = form.blame(refusal.field) or ""
            raise

    return attempt(form, blamed)


def _initial(request: PersonRequest, found: Form) -> dict[str, Any]:
    """What is known already: whom it is about."""
    deal = Deal.objects.visible_to(request.user).filter(pk=key_of(request.GET.get("deal")) or 0).first()
    key = key_of(request.GET.get("customer")) or (deal.customer_id if deal else 0) or 0
    rows_ = {DEAL: deal, CUSTOMER: Customer.objects.visible_to(request.user).filter(pk=key).first()}
    questions = found.current.questions if found.current else ()
    return {"key": uuid.uuid4().hex} | {
        f"q-{one.code}": rows_[one.kind] for one in questions if rows_.get(one.kind) is not None
    }


def _before(former: FormRecord) -> dict[str, Any]:
    """What a record says, as its form starts from it."""
    models: dict[str, Any] = {DEAL: Deal, CUSTOMER: Customer}
    found: dict[str, Any] = {"key": uuid.uuid4().hex}
    for one in former.form_version.questions:
        answer = former.answers.get(one.code)
        if one.kind in ROWS and answer:
            answer = models.get(one.kind, User)._default_manager.filter(pk=answer["id"]).first()
        found[f"q-{one.code}"] = answer
    return found


def _record(request: PersonRequest, pk: int, to: str = "") -> FormRecord:
    using = FormRecord.objects.select_related(
        "form__current", "form_version", "author", "unit", "customer", "deal"
    )
    return fetch(request.user, FormRecord, pk, to=to, using=using)
