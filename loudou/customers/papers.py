"""The decision-chain map (F06): drawn once, for the page and for the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from markupsafe import Markup

from loudou.customers.figures.chain import (
    COACH,
    EB,
    HIGH,
    NAME_UNITS,
    TB,
    TITLE_UNITS,
    UB,
    WIDE,
    WIDTH,
    ChainMap,
    Person,
    chain_map,
    cut,
)
from loudou.customers.models import Contact, Customer
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.ui.papers import Column, Group, Paper, Table, made_at


@dataclass(frozen=True)
class Place:
    """What a part is called, and what is said where nobody fills it."""

    name: str
    gap: str


def places() -> dict[str, Place]:
    """The parts of a decision, in the reader's language."""
    return {
        EB: Place(str(Contact.Part.ECONOMIC.label), _("Nobody who signs is known")),
        UB: Place(str(Contact.Part.USER.label), _("Nobody who uses it is known")),
        TB: Place(str(Contact.Part.TECHNICAL.label), _("Nobody who checks it is known")),
        COACH: Place(str(Contact.Part.COACH.label), _("No coach yet")),
    }


def map_of(people: Sequence[Contact]) -> ChainMap:
    """The map of those who are still there and have a part."""
    here = [one for one in people if one.left_at is None and one.part]
    return chain_map(
        [
            Person(cut(one.name, NAME_UNITS), cut(one.title, TITLE_UNITS), one.part, one.attitude)
            for one in here
        ]
    )


def drawn(customer: Customer, people: Sequence[Contact]) -> Markup:
    """The map as SVG."""
    said: dict[str, Any] = {
        "map": map_of(people),
        "parts": places(),
        "attitudes": {value: str(label) for value, label in Contact.Attitude.choices},
        "label": _("Decision chain of %(name)s") % {"name": customer.name},
        **{"wide": WIDE, "high": HIGH, "width": WIDTH},
    }
    return Markup(render_to_string("customers/chain_map.svg", said))  # noqa: S704 - a template of ours, escaped


def chain_paper(customer: Customer, people: Sequence[Contact], *, by: User) -> Paper:
    """The map and the same as a table; telephone numbers stay in the house."""
    parts = places()
    rows = [
        (
            parts[one.part].name if one.part else "",
            one.name,
            one.title,
            str(one.get_attitude_display()),
            one.note,
        )
        for one in people
        if one.left_at is None
    ]
    columns = [_("Part in the decision"), _("Full name"), _("Position"), _("Attitude"), _("Note")]
    return Paper(
        title=_("Decision chain"),
        author=by.name,
        made=made_at(clock.now(), organisation().zone),
        drawing=drawn(customer, people),
        tables=[Table([Column(name, wide=2) for name in columns], [Group(rows)])],
        facts=[
            (_("Customer"), customer.name),
            (_("Code"), customer.code),
            (_("Grade"), customer.grade_name),
            (_("Owner"), customer.owner.name if customer.owner else ""),
        ],
        signatures=[_("Owner"), _("Superior")],
        landscape=False,
        name=f"{customer.code}-chain",
    )
