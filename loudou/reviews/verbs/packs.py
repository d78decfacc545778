"""A pack on its way: opened, assembled, written, handed in, read or sent back by the superior."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.money import Money
from loudou.kernel.periods import Grain, Period
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may, require
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.reviews import events
from loudou.reviews.assembling import Part, Whom, assemble
from loudou.reviews.models import Pack
from loudou.reviews.verbs._values import text
from loudou.signoff import facts
from loudou.signoff.acts import refuse_others
from loudou.signoff.models import Request
from loudou.signoff.verbs import ask, send_back, sign
from loudou.targets.models import IN_MONEY, Metric

ACT, NEEDS = "reviews.pack", "reviews.confirm"
MOST_AIMS = 3
TEXTS = ("causes", "lessons", "help_needed", "plan")
State = Pack.State


@verb
def open_pack(kind: str, *, period: Period, by: User, about: Unit | None = None) -> Pack:
    """Begin a report or a debrief of a month, quarter or year, of oneself or of a unit one leads; one that is there is opened."""
    require(by, "reviews.write")
    if kind not in Pack.Kind.values:
        raise Refused(_("Choose a report or a debrief."), field="kind")
    fiscal, today = organisation().fiscal, organisation().today
    if period not in [fiscal.of(period.start, grain) for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)]:
        raise Refused(_("A report is of a month, a quarter or a year."), field="period")
    if period.start > today:
        raise Refused(_("This period has not begun yet."), field="period")
    if about is not None and not (may(by, NEEDS) and may(by, "reviews.see", Pack(owner_id=0, unit=about))):
        raise Refused(_("You report of units that you lead."), field="about")
    same = {"kind": kind, "owner": by, "about": about, "starts_on": period.start, "ends_on": period.end}
    former = Pack.objects.filter(**same).first()
    if former is not None:
        return former
    pack = Pack(unit=by.unit, assembled_at=clock.now(), **same)
    pack.content = _assembled(pack, by)
    pack.save(force_insert=True)
    record(events.OPENED, pack, by=by)
    return pack


@verb
def refresh_pack(pack: Pack, *, by: User, version: int | None = None) -> Pack:
    """Assemble the figures anew."""
    fresh = _take(pack, by, version)
    fresh.content, fresh.assembled_at = _assembled(fresh, by), clock.now()
    fresh.version += 1
    fresh.save()
    record(events.ASSEMBLED, fresh, by=by)
    return fresh


@verb
def write_pack(pack: Pack, *, by: User, version: int | None = None, **texts: str) -> Pack:
    """Write what no record says: causes, lessons, help_needed, plan."""
    fresh = _take(pack, by, version, sent=texts)
    for name in TEXTS:
        setattr(fresh, name, text(name, texts.get(name, getattr(fresh, name))))
    fresh.version += 1
    fresh.save()
    record(events.WRITTEN, fresh, by=by)
    return fresh


@verb
def hand_in(pack: Pack, *, by: User, version: int | None = None) -> Pack:
    """Hand it in: assembled a last time and frozen as it is; the superior reads it and says what they think of it."""
    fresh = _take(pack, by, version)
    text("causes", fresh.causes, _("Say what the causes were."))
    text("plan", fresh.plan, _("Say what comes next."))
    fresh.content, fresh.assembled_at = _assembled(fresh, by), clock.now()
    fresh.handed_in_at, fresh.state = fresh.assembled_at, State.HANDED_IN
    fresh.content_hash = digest(fresh)
    fresh.version += 1
    fresh.save()
    record(events.HANDED_IN, fresh, by=by, content_hash=fresh.content_hash)
    said: list[tuple[Any, Any]] = [
        (gettext_lazy("Period"), {"period": organisation().fiscal.name(fresh.period)}),
        *_figures(fresh.content),
        (gettext_lazy("Causes"), fresh.causes[:400]),
        (gettext_lazy("Lessons"), fresh.lessons[:400]),
        (gettext_lazy("Help needed"), fresh.help_needed[:300]),
        (gettext_lazy("Plan for the next period"), fresh.plan[:400]),
    ]
    ask(
        fresh,
        act=ACT,
        needs=NEEDS,
        url="reviews:confirm",
        by=by,
        unit=fresh.unit,
        payload={"pack": fresh.pk, "content_hash": fresh.content_hash},
        facts=[(name, value) for name, value in said if value],
        working_days=3,
    )
    return fresh


@verb
def confirm_pack(request: Request, *, opinion: str, by: User, version: int | None = None) -> Pack:
    """Say that one has read it, with an opinion of one's own."""
    refuse_others(request, ACT)
    signed = sign(request, opinion=opinion, by=by, version=version)
    pack = lock(Pack.objects.get(pk=request.subject_id))
    pack.state, pack.read_at, pack.read_by, pack.opinion = State.READ, signed.answered_at, by, signed.opinion
    pack.version += 1
    pack.save()
    record(events.READ, pack, by=by, opinion=signed.opinion, notify=[pack.owner])
    return pack


@verb
def refuse_pack(request: Request, *, opinion: str, by: User, version: int | None = None) -> Pack:
    """Send it back, saying why: its owner writes on it and hands it in anew."""
    refuse_others(request, ACT)
    returned = send_back(request, opinion=opinion, by=by, version=version)
    pack = lock(Pack.objects.get(pk=request.subject_id))
    pack.state, pack.opinion = State.RETURNED, returned.opinion
    pack.version += 1
    pack.save()
    record(events.RETURNED, pack, by=by, opinion=returned.opinion, notify=[pack.owner])
    return pack


@verb
def print_pack(pack: Pack, *, by: User) -> None:
    """Put on record that somebody took it out on paper."""
    require(by, "reviews.see", pack)
    record(events.PRINTED, pack, by=by)


def digest(pack: Pack) -> str:
    """The SHA-256 of everything it says."""
    said = [pack.content, *(getattr(pack, name) for name in TEXTS)]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _figures(content: Sequence[Part]) -> list[tuple[Any, Any]]:
    """What a signer is told of it on one screen: each target with what was reached, what was won."""
    parts, currency = {part["name"]: part for part in content}, organisation().base_currency
    rows = parts.get("targets", {"rows": []})["rows"]
    aims = [
        [Metric(metric).label, *_against(metric, actual, aimed, currency), facts.share(Decimal(reached))]
        for metric, aimed, actual, reached, *_rest in rows[:MOST_AIMS]
        if reached is not None
    ]
    results = {key: value for key, _kind, value in parts.get("results", {"figures": []})["figures"]}
    won = Money(Decimal(results["won_amount"]), currency) if results.get("won") else None
    return [(gettext_lazy("Targets"), aims), (gettext_lazy("Amount won"), won)]


def _against(metric: str, actual: str, aimed: str, currency: str) -> list[Any]:
    """What was reached of what was aimed at."""
    if metric not in IN_MONEY:
        return [f"{Decimal(actual).normalize():f} / {Decimal(aimed).normalize():f}"]
    return [Money(Decimal(actual), currency), "/", Money(Decimal(aimed), currency)]


def _assembled(pack: Pack, by: User) -> list[Part]:
    return assemble(Whom(by, pack.about, pack.period), whole=pack.kind == Pack.Kind.DUTY)


def _take(pack: Pack, by: User, version: int | None, sent: dict[str, Any] | None = None) -> Pack:
    if by.pk != pack.owner_id:
        raise Forbidden(_("You do not have the right to do this."))
    fresh = lock(pack, version=version, sent=sent)
    if not fresh.is_open:
        raise Refused(_("It is handed in: what has to be said goes into the next one."))
    return fresh
