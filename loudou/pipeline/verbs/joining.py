"""What hangs on a deal: lines, contacts, team, competitors, followers; and whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.catalog.models import Product
from loudou.customers.models import Contact
from loudou.journal.record import lock, record, verb
from loudou.kernel.numbers import rounded
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.figures.gates import jumps
from loudou.pipeline.models import Competitor, Deal, DealContact, Follower, Line, TeamMember
from loudou.pipeline.queries.flags import thresholds
from loudou.pipeline.verbs._asking import AMOUNT, ask_lines
from loudou.pipeline.verbs._gates import touch_gate
from loudou.pipeline.verbs._history import (
    add_move,
    business_time,
    confirms,
    derive,
    in_base,
    note_move,
    sane_amount,
)
from loudou.pipeline.verbs._taking import (
    refuse_overtaken,
    refuse_owner,
    refuse_unless_live,
    take,
    withdraw_moot,
)
from loudou.pipeline.verbs._texts import sane_texts
from loudou.pipeline.verbs.dealing import Edited
from loudou.signoff.verbs import readdress

LARGEST_QUANTITY = Decimal(999_999_999)


@dataclass(frozen=True)
class LineInput:
    """A line as it is wanted."""

    product: Product
    quantity: Decimal
    price: Decimal
    system_of_record: str = Line.Record.FUNNEL


@verb
def set_lines(
    deal: Deal,
    *,
    lines: Sequence[LineInput],
    by: User | None,
    version: int | None = None,
    reason: str = "",
) -> Edited:
    """Replace a deal's lines. Its amount becomes the sum of its funnel lines; what the ERP keeps is told apart (R096).

    With ERP lines alone, their sum is taken off the amount that was stated for the whole. Lines that change the amount
    by more than half wait for a manager's signature, as such an amount would.
    """
    fresh = take(deal, "pipeline.edit", by=by)
    if not fresh.is_live:
        raise Refused(_("A closed deal's amount and dates stay as they are; reopen it first."))
    lines = [_sane(line) for line in lines]
    kept = list(fresh.lines.select_related("product"))
    refuse_overtaken(fresh, version, lines=(_told(kept), _told(lines)))
    former = [_plain(line) for line in kept]
    if former == [_plain(line) for line in lines]:
        return Edited(fresh)
    amount, _erp = counted(lines, stated=fresh.amount + fresh.erp_amount)
    if by is not None and jumps(fresh.amount, amount, thresholds().amount_change) and not confirms(by, fresh):
        return Edited(fresh, [ask_lines(fresh, lines=lines, amount=amount, by=by, reason=reason)])
    return Edited(write_lines(fresh, lines=lines, by=by, reason=reason))


@verb
def write_lines(deal: Deal, *, lines: Sequence[LineInput], by: User | None, reason: str = "") -> Deal:
    """Write the lines and the amount that follows from them, once nothing stands in the way any more."""
    fresh = lock(deal)
    refuse_unless_live(fresh)
    former = [_said(line) for line in fresh.lines.select_related("product")]
    amount, erp = counted(lines, stated=fresh.amount + fresh.erp_amount)
    fresh.lines.all().delete()
    Line.objects.bulk_create(
        Line(
            deal=fresh,
            product=line.product,
            quantity=line.quantity,
            price=line.price,
            system_of_record=line.system_of_record,
            position=place,
        )
        for place, line in enumerate(lines)
    )
    fresh.erp_amount = erp
    withdraw_moot(fresh, AMOUNT)
    if amount != fresh.amount:
        when = business_time(fresh, None, by)
        base = in_base(sane_amount(amount), fresh.currency, when.at)
        columns = {"amount": amount, "currency": fresh.currency, "base_amount": base}
        note_move(fresh, "amount", by=by, when=when, reason=reason.strip()[:500], **columns)
    derive(fresh)
    record(
        events.LINES_SET,
        fresh,
        by=by,
        before=former,
        after=[_said(line) for line in lines],
        amount=fresh.amount,
        erp_amount=erp,
        reason=reason.strip(),
    )
    return fresh


def counted(lines: Sequence[LineInput | Line], *, stated: Decimal) -> tuple[Decimal, Decimal]:
    """What of a deal counts in the funnel, and what the ERP keeps: (amount, ERP amount), to the cent."""
    own = [line for line in lines if line.system_of_record == Line.Record.FUNNEL]
    erp = _total(line for line in lines if line.system_of_record == Line.Record.ERP)
    return (_total(own) if own else max(stated - erp, Decimal(0))), erp


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
    refuse_overtaken(fresh, version, contacts=(_listed(before.values()), _listed(after.values())))
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
    refuse_overtaken(fresh, version, team=(_listed(map(" ".join, stored)), _listed(map(" ".join, sent))))
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


@verb
def hand_over(deal: Deal, *, owner: User, by: User | None, reason: str, version: int | None = None) -> Deal:
    """Give a deal to another owner, whose unit it joins; what was done before stays with who did it."""
    fresh = take(deal, "pipeline.hand_over", by=by, version=version)
    if fresh.owner_id == owner.pk:
        return fresh
    refuse_owner(owner, by)
    if not reason.strip():
        raise Refused(_("Say why the deal changes hands."), field="reason")
    former = fresh.owner
    when = business_time(fresh, None, by)
    add_move(fresh, "owner", by=by, when=when, owner=owner, unit=owner.unit, reason=reason.strip()[:500])
    fresh.team_members.filter(user=owner).delete()
    readdress(fresh, to=owner, by=by)
    record(
        events.HANDED_OVER,
        fresh,
        by=by,
        former=former,
        owner=owner,
        reason=reason.strip(),
        notify=[owner, former],
    )
    return fresh


def _sane(line: LineInput) -> LineInput:
    """The line as its columns can keep it; refused where it cannot be meant."""
    if line.system_of_record not in Line.Record.values:
        raise Refused(_("A line is kept in the funnel or in the ERP."), field="system_of_record")
    finite = line.quantity.is_finite() and line.quantity <= LARGEST_QUANTITY
    quantity = rounded(line.quantity, Decimal("0.001")) if finite else Decimal(0)
    if quantity <= 0:
        raise Refused(_("A quantity is a number above zero."), field="quantity")
    price = sane_amount(line.price, field="price")
    sane_amount(price * quantity, field="price")
    return replace(line, quantity=quantity, price=price)


def _total(lines: Iterable[LineInput | Line]) -> Decimal:
    return rounded(sum((line.quantity * line.price for line in lines), Decimal(0)))


def _plain(line: Line | LineInput) -> list[Any]:
    return [line.product.name, line.quantity, line.price, line.system_of_record]


def _mates(members: Iterable[Sequence[Any]]) -> list[list[str]]:
    return [[str(name), f"{share:.0%}", str(task)] for name, share, task in members]


def _told(lines: Iterable[Line | LineInput]) -> str:
    return _listed(map(_said, lines))


def _said(line: Line | LineInput) -> str:
    kept = " (ERP)" if line.system_of_record == Line.Record.ERP else ""
    return f"{line.product.name} {line.quantity.normalize():f} × {line.price:,.2f}{kept}"


def _rival(rival: Competitor) -> str:
    quote = f"{rival.quote:,.2f}" if rival.quote is not None else ""
    return " ".join(filter(None, (str(rival.get_standing_display()), rival.strength, quote)))


def _listed(names: Iterable[str]) -> str:
    return "、".join(sorted(names)) or "—"
