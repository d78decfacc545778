"""The journal, for auditors and security. Opening it, and taking anything out, is itself written down."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.desk import verbs as desk_verbs
from loudou.desk.lens import AuditLens
from loudou.desk.queries import house
from loudou.journal import sentences
from loudou.journal.channel import CHANNELS
from loudou.journal.queries import count_by
from loudou.journal.vocabulary import Event, events, subjects
from loudou.kernel import clock
from loudou.people import events as people_events
from loudou.people import verbs
from loudou.people.verbs.auditing import NOTED_AGAIN
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import htmx, paging
from loudou.ui.cells import guarded
from loudou.ui.spelling import sort_key

MOST_EXPORTED = 50_000
# What events are about whose names begin with another word than their subject's.
_ABOUT = {
    **{"signoff": "request", "visit": "visitplan", "call": "phonecall", "warning": "earlywarning"},
    **{"forecast": "submission", "feed": "agendafeed", "view": "savedview", "books": "closing"},
    **{"season": "seasonalindex", "targets": "target", "thresholds": "terms", "measure": "target"},
}


@signed_in("GET", to="journal.audit")
def audit(request: PersonRequest) -> HttpResponse:
    lens = AuditLens.read(request.GET)
    context = {
        "section": "audit",
        "lens": lens,
        "events": _by_noun(),
        "subjects": subjects(),
        "channels": CHANNELS,
    }
    if not _is_open(request):
        return render(request, "desk/closed_journal.html", context)
    wanted = lens.entries
    context |= {
        "page": paging.keyset(
            wanted,
            order=("-id",),
            load=lambda keys: list(wanted.filter(pk__in=keys)),
            after=request.GET.get("after", ""),
        ),
        "verified": house.verified(),
        "after": request.GET.get("after", ""),
        "most_exported": MOST_EXPORTED,
    }
    partial = "desk/_entry_rows.html" if context["after"] else "desk/_entries.html"
    return htmx.page(request, "desk/audit.html", partial, context)


@signed_in("POST", to="journal.audit")
def open_journal(request: PersonRequest) -> HttpResponse:
    lens = AuditLens.read(request.POST)
    verbs.open_journal(by=request.user, asked=dict(lens.asked))
    return redirect(reverse("desk:audit") + lens.href())


@signed_in("POST", to="journal.audit", fresh=True)
def export_journal(request: PersonRequest) -> HttpResponse:
    """The entries asked for as CSV, newest first."""
    lens = AuditLens.read(request.POST)
    wanted = lens.entries[:MOST_EXPORTED]
    verbs.export_journal(by=request.user, count=wanted.count(), asked=dict(lens.asked))
    response = StreamingHttpResponse(_lines(request, lens), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="journal-{clock.now():%Y%m%d-%H%M}.csv"'
    return response  # type: ignore[return-value] # Django's stubs keep the two kinds of answers apart


@signed_in("POST", to="journal.audit")
def verify_journal(request: PersonRequest) -> HttpResponse:
    """Have the chain walked now; the worker does it and writes the result down."""
    desk_verbs.ask_verification(by=request.user)
    messages.success(request, _("The journal is being verified; the result appears here."))
    return redirect("desk:audit")


def _by_noun() -> list[tuple[str, list[Event]]]:
    """All events under what they are about, in the reader's words; what has no noun of its own comes last."""
    nouns = {one.label.partition(".")[2]: str(one.noun) for one in subjects()}
    groups: dict[str, list[Event]] = {}
    for one in events():
        begins = one.name.partition(".")[0]
        groups.setdefault(nouns.get(_ABOUT.get(begins, begins), ""), []).append(one)
    return sorted(groups.items(), key=lambda group: (not group[0], sort_key(group[0])))


def _is_open(request: PersonRequest) -> bool:
    """Whether the person's reading was noted within the hour."""
    since = clock.now() - NOTED_AGAIN
    return count_by(request.user, people_events.JOURNAL_OPENED, since) > 0


def _lines(request: PersonRequest, lens: AuditLens) -> Iterator[str]:
    writer = csv.writer(_Echo())
    head = (_("Entry"), _("When"), _("Who"), _("Event"), _("What happened"), _("About"), _("Key"))
    yield "\ufeff" + writer.writerow([*head, _("Channel"), _("Request number"), _("Particulars"), _("Link")])
    for entry in lens.entries[:MOST_EXPORTED].iterator(chunk_size=2000):
        told = "; ".join(f"{label} {value}" for label, value in sentences.facts(entry, request.user))
        changed = "; ".join(f"{row.label} {row.before} → {row.after}" for row in sentences.changes(entry))
        cells = [
            *(str(entry.pk), entry.at.isoformat(), sentences.actor(entry), entry.event),
            *(sentences.plain_sentence(entry, request.user), entry.subject_type, str(entry.subject_id or "")),
            *(entry.channel, str(entry.request_id), "; ".join(filter(None, (changed, told)))),
        ]
        yield writer.writerow([*(guarded(cell) for cell in cells), bytes(entry.hash).hex()])


class _Echo:
    """A file that hands each line straight back."""

    def write(self, line: str) -> str:
        return line
