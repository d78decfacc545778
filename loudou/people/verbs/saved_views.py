"""Keeping a set of filters under a name, for oneself or for one's unit."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError, transaction
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import events
from loudou.people.models import SavedView, User

MOST_VIEWS = 50
LONGEST_QUERY = 1000
_PASSING = ("after",)  # where in a list one was is no part of how it looks


@verb
def save_view(*, page: str, name: str, query: str, by: User, shared: bool = False) -> SavedView:
    """Keep how a page looks under a name; a name that is there already is given the new looks."""
    if not _has_page(page):
        raise Refused(_("There is no such page."))
    view = SavedView.objects.filter(owner=by, page=page, name=name.strip()).first()
    if view is None and SavedView.objects.filter(owner=by).count() >= MOST_VIEWS:
        raise Refused(_("You keep {n} views already; remove one first.").format(n=MOST_VIEWS), field="name")
    view = view or SavedView(owner=by, page=page, name=_sane_name(name), made_at=clock.now())
    view.version += view.pk is not None
    view.query = _plain(query)
    view.shared_with = by.unit if shared else None
    view.save()
    record(events.VIEW_SAVED, view, by=by, page=page, query=view.query, shared=view.shared_with)
    return view


@verb
def edit_view(view: SavedView, *, name: str, by: User, shared: bool, version: int | None = None) -> SavedView:
    """Give one's own view another name, share it with one's unit, or keep it to oneself again."""
    fresh = _own(view, by, version, {"name": name})
    before = [fresh.name, fresh.shared_with]
    fresh.name, fresh.shared_with = _sane_name(name), by.unit if shared else None
    fresh.version += 1
    try:
        with transaction.atomic():
            fresh.save()
    except IntegrityError:
        raise Refused(_("You have a view of this name already."), field="name") from None
    record(events.VIEW_EDITED, fresh, by=by, before=before, after=[fresh.name, fresh.shared_with])
    return fresh


@verb
def remove_view(view: SavedView, *, by: User) -> None:
    """Forget one's own view."""
    fresh = _own(view, by, None, {})
    record(events.VIEW_REMOVED, fresh, by=by, page=fresh.page, query=fresh.query)
    fresh.delete()


def _own(view: SavedView, by: User, version: int | None, sent: dict[str, object]) -> SavedView:
    fresh = lock(view, version=version, sent=sent)
    if fresh.owner_id != by.pk:
        raise Forbidden(_("This view is somebody else's."))
    return fresh


def _sane_name(name: str) -> str:
    if not name.strip():
        raise Refused(_("A view needs a name."), field="name")
    return name.strip()[:60]


def _plain(query: str) -> str:
    pairs = [(name, value) for name, value in parse_qsl(query.lstrip("?")) if name not in _PASSING]
    text = urlencode(pairs)
    if len(text) > LONGEST_QUERY:
        raise Refused(_("These filters are too long to keep."), field="name")
    return text


def _has_page(name: str) -> bool:
    try:
        return bool(reverse(name))
    except NoReverseMatch:
        return False
