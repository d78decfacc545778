"""Plain makers with defaults, through verbs: `make.deal(cast.chenan, amount=100)`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from loudou.customers import verbs as customers
from loudou.customers.models import Customer, CustomerFile
from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, File, Funnel, Reason, StageSpec
from loudou.pipeline.queries.funnels import funnel_named, next_spec, specs
from loudou.pipeline.queries.gates import standing
from loudou.ui import uploads


def instant(text: str) -> datetime:
    """`2026-03-01` or `2026-03-01 09:30` in Shanghai, as UTC."""
    from zoneinfo import ZoneInfo

    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def deal(owner: User, *, title: str = "柔性产线", amount: Decimal | int = 100_000, **details: Any) -> Deal:
    """A deal at the first stage, expected in sixty days."""
    details.setdefault("expected_on", clock.now().date() + timedelta(days=60))
    return verbs.open_deal(title=title, by=owner, amount=Decimal(amount), **details)


def fill_gate(deal: Deal, by: User | None) -> None:
    """Show everything the deal's stage asks for: evidence, and the fields."""
    from loudou.customers.models import Contact, Customer

    for item in standing(deal, specs_of(deal)[deal.spec.position]).missing:
        if item.evidence_kind is not None:
            verbs.give_evidence(deal, kind=item.evidence_kind, by=by, note="客户已书面确认")
        elif item.task is not None:
            verbs.complete_task(deal, task=item.task, by=by)
        elif item.code in ("two_contacts", "decision_maker", "contact"):
            deal.refresh_from_db()
            if deal.customer is None:
                customer = Customer.objects.create(
                    code=f"K{deal.pk}",
                    name="宁波甬江机电",
                    name_key="",
                    owner=deal.owner,
                    unit=deal.unit,
                    recorded_at=clock.now(),
                    touched_at=clock.now(),
                )
                deal.refresh_from_db()
                verbs.edit(deal, by=by, customer=customer)
            deal.refresh_from_db()
            people = [
                Contact.objects.get_or_create(
                    customer=deal.customer,
                    name=name,
                    defaults={"name_key": "", "part": part, "recorded_at": clock.now()},
                )[0]
                for name, part in (("许明华", "eb"), ("郑国栋", "tb"))
            ]
            verbs.set_contacts(deal, contacts=people, by=by)
        elif item.code == "competitor":
            verbs.set_competitor(deal, name="沈阳新松", by=by)
        else:
            raise AssertionError(f"no way to fill {item.code}")
    deal.refresh_from_db()


def advance(deal: Deal, *, by: User | None = None) -> Deal:
    """One stage forward, gate filled, as the system."""
    fill_gate(deal, None)
    following = next_spec(deal.spec)
    assert following is not None
    return verbs.move(deal, to=following, by=by).deal


def at_last_stage(owner: User, **details: Any) -> Deal:
    """A deal that may be won."""
    made = deal(owner, **details)
    while next_spec(made.spec) is not None:
        made = advance(made)
    fill_gate(made, None)
    return made


def specs_of(deal: Deal) -> list[StageSpec]:
    """The stages of the deal's version, with their gates."""
    return specs(deal.funnel_version_id)


def file(deal: Deal, by: User, *, name: str = "纪要.txt", content: bytes = "会议纪要".encode()) -> File:
    """A file on a deal, received as an upload is."""
    received = uploads.receive(SimpleUploadedFile(name, content), folder="deals")
    return verbs.add_file(deal, by=by, **asdict(received))


def customer_file(customer: Customer, by: User, *, content: bytes = "会议纪要".encode()) -> CustomerFile:
    """A file on a customer, received as an upload is."""
    received = uploads.receive(SimpleUploadedFile("纪要.txt", content), folder="customers")
    return customers.add_file(customer, by=by, **asdict(received))


def reason(kind: str = "lost", code: str = "price") -> Reason:
    """A reason by its code."""
    return Reason.objects.get(kind=kind, code=code)


def funnel(code: str = "b2b") -> Funnel:
    """A furnished funnel."""
    found = funnel_named(code)
    assert found is not None
    return found


def day(text: str) -> date:
    """`2026-03-01`."""
    return date.fromisoformat(text)
