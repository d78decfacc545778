"""The first page: what each person lives in, gathered from the rooms below."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from loudou.desk import pages
from loudou.desk.context import waiting_keys
from loudou.desk.queries import day, house, strip, team
from loudou.kernel import clock
from loudou.kernel.periods import Grain
from loudou.people.access import may, reach
from loudou.people.grants import Reach
from loudou.people.models import Organisation, User
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline import words
from loudou.signoff.queries import rows as requests
from loudou.signoff.words import act_name
from loudou.warnings import words as warning_words
from loudou.warnings.queries.shown import waiting_for

SELLERS = ("rep", "presales", "partner")
MOST_REQUESTS = 6
LEADERS = ("manager", "director", "gm", "control")


@signed_in("GET")
def home(request: PersonRequest) -> HttpResponse:
    user: User = request.user
    company: Organisation = user._organisation  # type: ignore[attr-defined] # read for this request already
    context: dict[str, Any] = {
        "section": "home",
        "today": company.today,
        "answers": day.answers(user),
        "told": words.told,
        "act_name": act_name,
        "flag_names": words.FLAGS,
        "cap": team.CAP,
        "now": clock.now,
        "places": pages.places(user),
    }
    if may(user, "pipeline.see"):
        context |= _selling(user, company)
    if may(user, "signoff.sign"):
        context["waiting_for_me"] = requests(waiting_keys(request)[:MOST_REQUESTS])
    if user.has("operations"):
        context |= {"gaps": house.gaps(user, company), "imports": house.imports(user)}
    if user.has("finance"):
        context |= {"books": house.books(company), "recent_wins": house.recent_wins(user)}
    if user.has("marketing", "service", "legal", "operations"):
        context["recent_customers"] = house.recent_customers(user) if may(user, "customers.see") else []
    if may(user, "warnings.see"):
        context |= _warned(user)
    context |= _house(user)
    context["bare"] = not {"strips", "waiting_for_me", "accounts", "duties"} & set(context)
    return render(request, "desk/home.html", context)


@signed_in("GET")
def demo_progress(request: PersonRequest) -> HttpResponse:
    """How far the demo's story is told; asked for again until it is."""
    return render(request, "desk/_demo_progress.html", {})


def _selling(user: User, company: Organisation) -> dict[str, Any]:
    """One's own day, and the team's where one leads."""
    mine = strip.whose(user)
    own = reach(user, "pipeline.see") is Reach.OWN
    month = company.fiscal.of(company.today, Grain.MONTH)
    found: dict[str, Any] = {
        "strips": strip.strips(mine),
        "own": own,
        "month": month,
        "wins": day.won_since(month.start, company, mine),
    }
    if user.has(*SELLERS, "manager"):
        found["day"] = day.my_day(user, company, own=own)
        found["touched"] = day.touched(user) if own else []
    if user.has(*LEADERS) and not own:
        rows = team.members(user, company)
        troubles = {trouble.code: trouble for trouble in team.troubles(user, company)}
        urgent = troubles.pop(team.URGENT, None)
        found |= {
            "urgent_count": urgent.count if urgent else 0,
            "by_person": bool(rows) and isinstance(rows[0].who, User),
            "troubles": troubles.values(),
            "in_trouble": team.largest_in_trouble(user, company),
            "members": rows,
        }
    return found


def _warned(user: User) -> dict[str, Any]:
    """What one's own deals are warned of, and what one's people left unanswered."""
    found: dict[str, Any] = {"warning_words": warning_words, "may_answer": may(user, "warnings.answer")}
    leads, sells = may(user, "warnings.judge"), user.has(*SELLERS, "manager")
    if leads or sells:
        own, others = waiting_for(user, leads=leads)
        found |= {"warned": own} if sells else {}
        found |= {"unanswered": others} if leads else {}
    return found


def _house(user: User) -> dict[str, Any]:
    """What administrators, security and auditors look after, and what an empty house still needs."""
    found: dict[str, Any] = {}
    if user.has("admin", "hr"):
        found["accounts"] = house.accounts(user)
    if user.has("admin"):
        found["undelivered"] = house.undelivered()
    if user.has("security"):
        found |= {
            "accounts": house.accounts(user),
            "failures": house.failures_today(),
            "safety": house.happened(house.SAFETY),
            "tokens": house.expiring_tokens(),
        }
    if user.has("auditor"):
        found["duties"] = house.happened(house.DUTIES)
    if user.has("auditor", "security", "admin"):
        found["verified"] = house.verified()
    if may(user, "people.set_up"):
        found["steps"] = house.steps()
    return found
