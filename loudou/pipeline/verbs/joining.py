"""Who else has to do with a deal: the customer's contacts, the team, competitors, followers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Contact
from loudou.journal.record import record, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import Competitor, Deal, DealContact, Follower, TeamMember
from loudou.pipeline.verbs._gates import touch_gate
from loudou.pipeline.verbs._history import sane_amount
from loudou.pipeline.verbs._taking import listed, refuse_overtaken, take
from loudou.pipeline.verbs._texts import sane_texts


@verb
def set_contacts(
    deal: Deal, *, contacts: Sequence[Contact], by: User | None, version: int | None = None
) -> Deal:
    """Say who at the customer takes part in this deal."""
    fresh = take(deal, "pipeline.edit", by=by)
    strangers = [contact for contact in contacts if contact.customer_id != fresh.customer_id]
    if strangers:
        raise Refused(
            _("{name} belongs to another customer.").format(name=strangers[0].name), field="contacts"
        )
    before = {row.contact_id: row.contact.name for row in fresh.parts.select_related("contact")}
    after = {contact.pk: contact.name for contact in contacts}
    refuse_overtaken(fresh, version, contacts=(listed(before.values()), listed(after.values())))
    if before.keys() == after.keys():
        return fresh
    fresh.parts.exclude(contact__in=after).delete()
    DealContact.objects.bulk_create(
        DealContact(deal=fresh, contact_id=key) for key in after if key not in before
    )
    touch_gate(fresh)
    record(events.CONTACTS_SET, fresh, by=by, before=sorted(before.values()), after=sorted(after.values()))
    return fresh


@verb
def set_team(
    deal: Deal,
    *,
    members: Sequence[tuple[User, Decimal, str]],
    by: User | None,
    version: int | None = None,
) -> Deal:
    """Say who works on the deal with its owner, as (person, share, task); shares sum to at most the whole."""
    fresh = take(deal, "pipeline.edit", by=by)
    if any(user.pk == fresh.owner_id for user, _share, _task in members):
        raise Refused(_("The owner is in the team already; give others a share."), field="team")
    if len({user.pk for user, _share, _task in members}) < len(members):
        raise Refused(_("Everybody is in the team once."), field="team")
    shares = [share for _user, share, _task in members]
    if not all(share.is_finite() and share >= 0 for share in shares) or sum(shares) > 1:
        raise Refused(_("Shares sum to at most 100 %."), field="team")
    before = [
        [row.user.name, row.share, row.task]
        for row in fresh.team_members.select_related("user").order_by("user_id")
    ]
    after = [
        [user.name, share, task] for user, share, task in sorted(members, key=lambda member: member[0].pk)
    ]
    stored, sent = _mates(before), _mates(after)
    refuse_overtaken(fresh, version, team=(listed(map(" ".join, stored)), listed(map(" ".join, sent))))
    if before == after:
        return fresh
    fresh.team_members.all().delete()
    TeamMember.objects.bulk_create(
        TeamMember(deal=fresh, user=user, share=share, task=task[:80]) for user, share, task in members
    )
    touch_gate(fresh)
    record(
        events.TEAM_SET,
        fresh,
        by=by,
        before=stored,
        after=sent,
        notify=[user for user, _share, _task in members],
    )
    return fresh


@verb
def set_competitor(
    deal: Deal,
    *,
    name: str,
    by: User | None,
    standing: str = Competitor.Standing.UNKNOWN,
    strength: str = "",
    quote: Decimal | None = None,
    version: int | None = None,
) -> Competitor:
    """Note a rival on the deal, or what became known of one."""
    fresh = take(deal, "pipeline.edit", by=by)
    if not name.strip():
        raise Refused(_("A competitor needs a name."), field="name")
    sane_texts(Competitor, {"name": name, "strength": strength})
    if standing not in Competitor.Standing.values:
        raise Refused(_("There is no such standing."), field="standing")
    known = fresh.competitors.filter(name__iexact=name.strip()).first()
    if known is not None:
        sent = Competitor(standing=standing, strength=strength.strip(), quote=quote)
        refuse_overtaken(fresh, version, competitor=(_rival(known), _rival(sent)))
    rival = known or Competitor(deal=fresh, name=name.strip())
    rival.standing, rival.strength = standing, strength.strip()
    rival.quote = None if quote is None else sane_amount(quote, field="quote")
    rival.save()
    touch_gate(fresh)
    record(
        events.COMPETITOR_SET,
        fresh,
        by=by,
        name=rival.name,
        standing=standing,
        strength=rival.strength,
        quote=quote,
    )
    return rival


@verb
def remove_competitor(competitor: Competitor, *, by: User | None) -> Deal:
    """Take a rival off a deal."""
    fresh = take(competitor.deal, "pipeline.edit", by=by)
    gone, _detail = Competitor.objects.filter(pk=competitor.pk).delete()
    if gone:
        touch_gate(fresh)
        record(events.COMPETITOR_REMOVED, fresh, by=by, name=competitor.name)
    return fresh


@verb
def follow(deal: Deal, *, user: User, by: User | None) -> Deal:
    """Let somebody see a deal and hear of it: oneself, or a colleague whom one shows one's own deal."""
    require(by, "pipeline.see" if by is not None and by.pk == user.pk else "pipeline.edit", deal)
    _row, made = Follower.objects.get_or_create(deal=deal, user=user)
    if made:
        record(events.FOLLOWED, deal, by=by, who=user, notify=[user])
    return deal


@verb
def unfollow(deal: Deal, *, user: User, by: User | None) -> Deal:
    """Stop following."""
    require(by, "pipeline.see" if by is not None and by.pk == user.pk else "pipeline.edit", deal)
    count, _detail = Follower.objects.filter(deal=deal, user=user).delete()
    if count:
        record(events.UNFOLLOWED, deal, by=by, who=user)
    return deal


def _mates(members: Iterable[Sequence[Any]]) -> list[list[str]]:
    return [[str(name), f"{share:.0%}", str(task)] for name, share, task in members]


def _rival(rival: Competitor) -> str:
    quote = f"{rival.quote:,.2f}" if rival.quote is not None else ""
    return " ".join(filter(None, (str(rival.get_standing_display()), rival.strength, quote)))
