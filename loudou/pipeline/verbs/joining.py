"""What hangs on a deal: lines, contacts, team, competitors, notes, files, followers; and whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.catalog.models import Product
from loudou.customers.models import Contact
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import Competitor, Deal, DealContact, File, Follower, Line, Note, TeamMember
from loudou.pipeline.verbs._gates import recount
from loudou.pipeline.verbs._history import add_move, business_time, in_base, sane_amount
from loudou.signoff.verbs import readdress

LONGEST_NOTE = 10_000


@dataclass(frozen=True)
class LineInput:
    """A line as it is wanted."""

    product: Product
    quantity: Decimal
    price: Decimal
    system_of_record: str = Line.Record.FUNNEL


@verb
def set_lines(deal: Deal, *, lines: Sequence[LineInput], by: User | None, version: int | None = None) -> Deal:
    """Replace a deal's lines. Its amount becomes the sum of its funnel lines; what the ERP keeps is told apart (R096).

    With ERP lines alone, their sum is taken off the amount that was stated for the whole.
    """
    require(by, "pipeline.edit", deal)
    fresh = lock(deal, version=version)
    if not fresh.is_live:
        raise Refused(_("A closed deal's amount and dates stay as they are; reopen it first."))
    for line in lines:
        if not line.quantity.is_finite() or line.quantity <= 0:
            raise Refused(_("A quantity is a number above zero."), field="quantity")
        sane_amount(line.price)
        sane_amount(line.price * line.quantity)
    former = [
        [line.product.name, line.quantity, line.price, line.system_of_record]
        for line in fresh.lines.select_related("product")
    ]
    wanted = [[line.product.name, line.quantity, line.price, line.system_of_record] for line in lines]
    if former == wanted:
        return fresh
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
    amount, erp = counted(lines, stated=fresh.amount + fresh.erp_amount)
    fresh.erp_amount = erp
    if amount != fresh.amount:
        when = business_time(fresh, None, by)
        base = in_base(sane_amount(amount), fresh.currency, when.at)
        add_move(fresh, "amount", by=by, when=when, amount=amount, currency=fresh.currency, base_amount=base)
    recount(fresh)
    fresh.version += 1
    fresh.touched_at = clock.now()
    fresh.save()
    record(events.LINES_SET, fresh, by=by, before=former, after=wanted, amount=fresh.amount, erp_amount=erp)
    return fresh


def counted(lines: Sequence[LineInput], *, stated: Decimal) -> tuple[Decimal, Decimal]:
    """What of a deal counts in the funnel, and what the ERP keeps: (amount, ERP amount)."""
    erp = sum(
        (line.quantity * line.price for line in lines if line.system_of_record == Line.Record.ERP), Decimal(0)
    )
    own = [line for line in lines if line.system_of_record == Line.Record.FUNNEL]
    if own:
        return sum((line.quantity * line.price for line in own), Decimal(0)).quantize(Decimal("0.01")), erp
    return max(stated - erp, Decimal(0)), erp


@verb
def set_contacts(deal: Deal, *, contacts: Sequence[Contact], by: User | None) -> Deal:
    """Say who at the customer takes part in this deal."""
    require(by, "pipeline.edit", deal)
    fresh = lock(deal)
    strangers = [contact for contact in contacts if contact.customer_id != fresh.customer_id]
    if strangers:
        raise Refused(
            _("{name} belongs to another customer.").format(name=strangers[0].name), field="contacts"
        )
    before = {row.contact_id: row.contact.name for row in fresh.parts.select_related("contact")}
    after = {contact.pk: contact.name for contact in contacts}
    if before.keys() == after.keys():
        return fresh
    fresh.parts.exclude(contact__in=after).delete()
    DealContact.objects.bulk_create(
        DealContact(deal=fresh, contact_id=key) for key in after if key not in before
    )
    _touch(fresh)
    record(events.CONTACTS_SET, fresh, by=by, before=sorted(before.values()), after=sorted(after.values()))
    return fresh


@verb
def set_team(deal: Deal, *, members: Sequence[tuple[User, Decimal, str]], by: User | None) -> Deal:
    """Say who works on the deal with its owner, as (person, share, task); shares sum to at most the whole."""
    require(by, "pipeline.edit", deal)
    fresh = lock(deal)
    if any(user.pk == fresh.owner_id for user, _share, _task in members):
        raise Refused(_("The owner is in the team already; give others a share."), field="team")
    if sum((share for _user, share, _task in members), Decimal(0)) > 1 or any(
        share < 0 for _u, share, _t in members
    ):
        raise Refused(_("Shares sum to at most 100 %."), field="team")
    before = [
        [row.user.name, row.share, row.task]
        for row in fresh.team_members.select_related("user").order_by("user_id")
    ]
    after = [
        [user.name, share, task] for user, share, task in sorted(members, key=lambda member: member[0].pk)
    ]
    if before == after:
        return fresh
    fresh.team_members.all().delete()
    TeamMember.objects.bulk_create(
        TeamMember(deal=fresh, user=user, share=share, task=task[:80]) for user, share, task in members
    )
    _touch(fresh)
    record(
        events.TEAM_SET,
        fresh,
        by=by,
        before=before,
        after=after,
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
) -> Competitor:
    """Note a rival on the deal, or what became known of one."""
    require(by, "pipeline.edit", deal)
    fresh = lock(deal)
    if not name.strip():
        raise Refused(_("A competitor needs a name."), field="name")
    rival = fresh.competitors.filter(name__iexact=name.strip()).first() or Competitor(
        deal=fresh, name=name.strip()[:120]
    )
    rival.standing, rival.strength = standing, strength.strip()[:80]
    rival.quote = None if quote is None else sane_amount(quote)
    rival.save()
    _touch(fresh)
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
    require(by, "pipeline.edit", competitor.deal)
    fresh = lock(competitor.deal)
    name = competitor.name
    competitor.delete()
    _touch(fresh)
    record(events.COMPETITOR_REMOVED, fresh, by=by, name=name)
    return fresh


@verb
def add_note(deal: Deal, *, text: str, by: User | None, mentioned: Sequence[User] = ()) -> Note:
    """Write on a deal; who is mentioned hears of it."""
    require(by, "pipeline.see", deal)
    fresh = lock(deal)
    if not text.strip():
        raise Refused(_("Write something."), field="text")
    if len(text) > LONGEST_NOTE:
        raise Refused(_("At most {n} characters.").format(n=LONGEST_NOTE), field="text")
    note = Note.objects.create(
        deal=fresh, author=by, text=text.strip(), at=clock.now(), mentioned=[user.pk for user in mentioned]
    )
    fresh.touched_at = note.at
    fresh.save(update_fields=["touched_at"])
    hearers = [fresh.owner, *mentioned, *fresh.followers.all()]
    record(events.NOTED, fresh, by=by, text=note.text[:200], notify=hearers)
    return note


@verb
def add_file(
    deal: Deal, *, name: str, kind: str, size: int, sha256: str, stored_as: str, by: User | None
) -> File:
    """Attach a stored file; how it is received and checked is `ui.uploads`' business."""
    require(by, "pipeline.edit", deal)
    fresh = lock(deal)
    file = File.objects.create(
        deal=fresh,
        name=name[:200],
        kind=kind,
        size=size,
        sha256=sha256,
        stored_as=stored_as,
        added_by=by,
        added_at=clock.now(),
    )
    _touch(fresh)
    record(events.FILE_ADDED, fresh, by=by, name=file.name, size=size, sha256=sha256)
    return file


@verb
def remove_file(file: File, *, by: User | None) -> File:
    """Take a file off a deal; evidence that rests on it must be withdrawn first."""
    require(by, "pipeline.edit", file.deal)
    deal = lock(file.deal)
    fresh = lock(file)
    if fresh.removed_at is not None:
        return fresh
    if deal.evidence.filter(file=fresh, withdrawn_at=None).exists():
        raise Refused(_("Evidence rests on this file; withdraw that first."))
    fresh.removed_at = clock.now()
    fresh.save(update_fields=["removed_at"])
    record(events.FILE_REMOVED, deal, by=by, name=fresh.name, sha256=fresh.sha256)
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
    require(by, "pipeline.hand_over", deal)
    fresh = lock(deal, version=version)
    if fresh.owner_id == owner.pk:
        return fresh
    if not owner.is_active:
        raise Refused(_("{name} has left.").format(name=owner.name), field="owner")
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


def _touch(deal: Deal) -> None:
    recount(deal)
    deal.touched_at = clock.now()
    deal.version += 1
    deal.save(update_fields=["gate_done", "gate_total", "owed_evidence", "touched_at", "version"])
