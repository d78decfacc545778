"""Giving a signature with an opinion, or sending back; what is no opinion is refused."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import User
from loudou.signoff import events
from loudou.signoff.acts import refuse_others
from loudou.signoff.facts import beginnings
from loudou.signoff.figures import LEAST_LETTERS, letters, repeats
from loudou.signoff.models import Request
from loudou.signoff.queries import former_opinions, signs, signs_as, stands_alone


@verb
def sign(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Sign with an opinion of one's own: at least 10 characters, not a repetition of the last twenty."""
    return _answer(request, Request.State.SIGNED, opinion, by, version)


@verb
def send_back(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Refuse to sign, saying why: an opinion as for a signature."""
    return _answer(request, Request.State.RETURNED, opinion, by, version)


@verb
def confirm(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Sign a record kept on paper: the signature is all there is to it."""
    refuse_others(request, events.PAPER)
    return _answer(request, Request.State.SIGNED, opinion, by, version)


@verb
def refuse(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Send a record kept on paper back."""
    refuse_others(request, events.PAPER)
    return _answer(request, Request.State.RETURNED, opinion, by, version)


@verb
def open_request(request: Request, *, by: User) -> Request:
    """Note when its signer first saw a request; it has no entry of its own, it is part of the signature's record."""
    fresh = lock(request)
    if fresh.opened_at is None and signs(by, fresh):
        fresh.opened_at = clock.now()
        fresh.save(update_fields=["opened_at"])
    return fresh


def _check_opinion(opinion: str, by: User, request: Request) -> None:
    """Refuse what is no opinion: too short, a suggestion as it stood, or the signer's own words of last time."""
    missing = LEAST_LETTERS - letters(opinion)
    if missing > 0:
        sentence = ngettext(
            "An opinion needs at least 10 characters; %(n)d is missing.",
            "An opinion needs at least 10 characters; %(n)d are missing.",
            missing,
        )
        raise Refused(sentence % {"n": missing}, field="opinion")
    if repeats(opinion, beginnings(request)):
        raise Refused(_("This is only the suggestion; go on from it in your own words."), field="opinion")
    if repeats(opinion, former_opinions(by)):
        raise Refused(_("You wrote exactly this before; say what you think of this one."), field="opinion")


def _answer(request: Request, state: str, opinion: str, by: User, version: int | None) -> Request:
    fresh = lock(request, version=version)
    if fresh.state != Request.State.WAITING:
        raise Refused(_("This was answered already."))
    if by.pk == fresh.asker_id:
        raise Forbidden(_("Nobody signs what they asked for themselves."))
    if by.pk == fresh.owner_id and not stands_alone(by, fresh.needs):
        raise Forbidden(_("Nobody signs for a record of their own; it goes one level up."))
    if not signs(by, fresh):
        raise Forbidden(_("This waits for somebody else's signature."))
    _check_opinion(opinion, by, fresh)
    instead = {"instead_of": fresh.signer} if signs_as(by, fresh) == "instead" else {}
    fresh.state, fresh.opinion = state, opinion.strip()
    fresh.answered_by, fresh.answered_at = by, clock.now()
    fresh.version += 1
    fresh.save()
    signed = state == Request.State.SIGNED
    record(
        events.SIGNED if signed else events.RETURNED,
        fresh,
        by=by,
        act=fresh.act,
        opinion=fresh.opinion,
        content_hash=fresh.content_hash,
        notify=[fresh.asker],
        **instead,
    )
    return fresh
