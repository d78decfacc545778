"""The whole policy on one screen: which role may do what, and how far it reaches.

Reaches: OWN the person's own records and those shared with them, TEAM the records of their unit, BRANCH of their
unit and everything below it, ALL everything. A role that is not named has no right. An organisation can narrow
this table as data (`Organisation.narrowed`), never widen it. Only `access.py` interprets it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypedDict


class Reach(IntEnum):
    """How far a right goes; a person with several roles has the widest of them."""

    NONE = 0
    OWN = 1
    TEAM = 2
    BRANCH = 3
    ALL = 4


OWN, TEAM, BRANCH, ALL = Reach.OWN, Reach.TEAM, Reach.BRANCH, Reach.ALL


class Reaches(TypedDict, total=False):
    rep: Reach
    presales: Reach
    manager: Reach
    director: Reach
    gm: Reach
    control: Reach
    operations: Reach
    marketing: Reach
    finance: Reach
    service: Reach
    hr: Reach
    legal: Reach
    partner: Reach
    admin: Reach
    security: Reach
    auditor: Reach


_sellers: Reaches = {
    "rep": OWN,
    "presales": OWN,
    "partner": OWN,
    "manager": BRANCH,
    "director": BRANCH,
    "gm": ALL,
}
_seeing: Reaches = {
    **_sellers,
    "control": ALL,
    "operations": ALL,
    "finance": ALL,
    "legal": ALL,
    "auditor": ALL,
}
_employees: Reaches = {
    **{"rep": ALL, "presales": ALL, "manager": ALL, "director": ALL, "gm": ALL, "control": ALL},
    **{"operations": ALL, "marketing": ALL, "finance": ALL, "service": ALL, "hr": ALL, "legal": ALL},
    **{"admin": ALL, "security": ALL, "auditor": ALL},
}
_everybody: Reaches = {**_employees, "partner": ALL}
_own_work: Reaches = {
    **{"control": OWN, "operations": OWN, "marketing": OWN, "finance": OWN, "service": OWN},
    **{"hr": OWN, "legal": OWN, "admin": OWN, "security": OWN},
}
_leading: Reaches = {"manager": BRANCH, "director": BRANCH, "gm": ALL}
_setting_up: Reaches = {"operations": ALL, "admin": ALL}

GRANTS: dict[str, Reaches] = {
    # people
    "people.see": {**_everybody, "partner": OWN},
    "people.see_contact": _employees,
    "people.see_accounts": {"admin": ALL, "hr": ALL, "security": ALL, "auditor": ALL},
    "people.see_set_up": {
        **{"admin": ALL, "hr": ALL, "finance": ALL, "operations": ALL, "gm": ALL},
        **{"security": ALL, "auditor": ALL},
    },
    "people.manage": {"admin": ALL, "hr": ALL},
    "people.grant_roles": {"admin": ALL, "security": ALL},
    "people.unlock": {"admin": ALL, "security": ALL},
    "people.narrow": {"security": ALL},
    "people.set_up": {"admin": ALL},
    "people.close_books": {"finance": ALL},
    "people.reopen_books": {"gm": ALL},
    "people.calendars": {"admin": ALL, "hr": ALL},
    "people.rates": {"admin": ALL, "finance": ALL},
    # journal
    "journal.audit": {"auditor": ALL, "security": ALL},
    # signoff
    "signoff.see": {**_sellers, "operations": ALL, "finance": ALL, "auditor": ALL},
    "signoff.sign": {**_leading, "operations": ALL, "finance": ALL},
    # catalog
    "catalog.see": _everybody,
    "catalog.see_cost": {"manager": ALL, "director": ALL, "gm": ALL, "finance": ALL, "operations": ALL},
    "catalog.manage": _setting_up,
    # customers
    "customers.see": {**_seeing, "marketing": ALL, "service": ALL},
    "customers.see_phone": {**_sellers, "operations": ALL, "service": ALL},
    "customers.add": {**_sellers, "operations": ALL, "marketing": ALL},
    "customers.edit": {**_sellers, "operations": ALL},
    "customers.hand_over": {**_leading, "operations": ALL},
    "customers.merge": {**_sellers, "operations": ALL},
    # A masked phone is shown on request, which is on record: whoever may have to call, a few at a time.
    "customers.reveal_phone": {
        **{"rep": ALL, "presales": ALL, "manager": ALL, "director": ALL, "gm": ALL, "control": ALL},
        **{"operations": ALL, "finance": ALL, "service": ALL, "legal": ALL},
    },
    # pipeline
    "pipeline.see": _seeing,
    "pipeline.open": {**_sellers, "operations": ALL},
    "pipeline.edit": {**_sellers, "operations": ALL},
    "pipeline.move": _sellers,
    "pipeline.close": _sellers,
    "pipeline.confirm": _leading,
    "pipeline.confirm_win": {"operations": ALL, "finance": ALL},
    "pipeline.skip": _leading,
    "pipeline.reopen": _leading,
    "pipeline.hand_over": {**_leading, "operations": ALL},
    "pipeline.back_date": {**_leading, "operations": ALL},
    "pipeline.set_up": _setting_up,
    # targets
    "targets.see": _seeing,
    "targets.set": {**_leading, "operations": ALL},
    "targets.waive": {"director": BRANCH, "gm": ALL},
    "targets.record": {"operations": ALL, "finance": ALL},
    "targets.confirm": _leading,
    "targets.seasons": {"operations": ALL, "gm": ALL, "admin": ALL},
    # tasks
    "tasks.see": {**_own_work, **_seeing, "service": ALL},
    "tasks.set": {
        **{**_own_work, **_sellers, "rep": TEAM, "presales": TEAM},
        **{"control": ALL, "operations": ALL, "service": ALL},
    },
    "tasks.edit": {**_own_work, **_sellers, "operations": ALL},
    # fieldwork
    "fieldwork.see": _seeing,
    "fieldwork.log": {**_sellers, "operations": ALL},
    "fieldwork.edit": {**_sellers, "operations": ALL},
    "fieldwork.annul": {**_sellers, "operations": ALL, "control": ALL},
    "fieldwork.back_date": {**_leading, "operations": ALL},
    "fieldwork.visit": {
        "rep": OWN,
        "presales": OWN,
        "partner": OWN,
        "manager": OWN,
        "director": OWN,
        "gm": OWN,
    },
    "fieldwork.set_up": _setting_up,
    "fieldwork.confirm_visit": _leading,
    # Whoever answers the telephone keeps the record of it.
    "fieldwork.see_calls": {**_own_work, **_seeing, "service": ALL},
    "fieldwork.take_call": {**_own_work, **_sellers, "control": ALL, "operations": ALL},
    # daylog
    "daylog.see": _seeing,
    "daylog.write": {"rep": OWN, "presales": OWN, "manager": OWN, "director": OWN},
    "daylog.confirm": _leading,
    "daylog.desk": {"control": ALL, "operations": ALL},
    "daylog.see_desk": {
        "manager": BRANCH,
        "director": BRANCH,
        "gm": ALL,
        "control": ALL,
        "operations": ALL,
        "auditor": ALL,
    },
    # Who wrote a log has to explain where it differs; those who only read what was done need not know what the desk heard.
    "daylog.compare": {**_sellers, "control": ALL, "operations": ALL, "auditor": ALL},
    "daylog.help": {**_leading, "control": ALL, "operations": ALL},
    "daylog.see_checks": {
        "manager": BRANCH,
        "director": BRANCH,
        "gm": ALL,
        "control": ALL,
        "operations": ALL,
        "auditor": ALL,
    },
    "daylog.check": {"director": BRANCH, "gm": ALL, "control": ALL, "operations": ALL},
    "daylog.annul": {"control": ALL, "operations": ALL},
    "daylog.absences": {**_leading, "control": ALL, "operations": ALL, "hr": ALL},
    "daylog.see_approvals": {
        "manager": OWN,
        "director": BRANCH,
        "gm": ALL,
        "control": ALL,
        "operations": ALL,
        "auditor": ALL,
    },
    # steering
    "steering.budget_see": {**_leading, "control": ALL, "operations": ALL, "finance": ALL, "auditor": ALL},
    "steering.budget_set": {"director": BRANCH, "gm": ALL, "operations": ALL, "finance": ALL},
    "steering.leaderboard": {"director": BRANCH, "gm": ALL, "operations": ALL},
    "steering.spend": {**_leading, "operations": ALL, "finance": ALL},
    # insight
    "insight.see": _seeing,
    # broadcasts
    "broadcasts.show": {**_leading, "control": ALL, "operations": ALL},
    # forecasts
    "forecasts.see": _seeing,
    "forecasts.submit": {"rep": OWN, "manager": OWN, "director": OWN, "gm": OWN},
    "forecasts.lock": {"director": BRANCH, "gm": ALL, "operations": ALL},
    "forecasts.reopen": {"gm": ALL, "operations": ALL},
    "forecasts.set_up": _setting_up,
    # warnings
    "warnings.see": _seeing,
    "warnings.answer": {**_sellers, "operations": ALL},
    "warnings.judge": _leading,
    # problems
    "problems.see": {**_seeing, "service": ALL},
    "problems.register": {
        **{"rep": OWN, "presales": OWN, "manager": BRANCH, "director": BRANCH, "gm": ALL},
        **{"control": ALL, "operations": ALL, "finance": ALL, "service": ALL},
    },
    "problems.work": {**_sellers, "control": ALL, "operations": ALL, "service": ALL},
    "problems.judge": {**_leading, "operations": ALL},
    "problems.see_rules": _employees,
    # market
    "market.see": {**_seeing, "marketing": ALL},
    "market.walk": {"manager": OWN, "director": OWN, "gm": OWN},
    "market.annul": {"manager": OWN, "director": BRANCH, "gm": ALL, "operations": ALL},
    # forms
    "forms.see": {
        **{"rep": OWN, "presales": OWN, "partner": OWN, "manager": BRANCH, "director": BRANCH, "gm": ALL},
        **{"control": ALL, "operations": ALL, "marketing": ALL, "finance": ALL, "service": ALL, "hr": ALL},
        **{"legal": ALL, "admin": ALL, "auditor": ALL},
    },
    # Whoever is to read a form may propose it; what is proposed belongs to them, what is in force to sales operations.
    "forms.propose": {
        **{"manager": BRANCH, "director": ALL, "gm": ALL, "operations": ALL, "control": ALL},
        **{"marketing": ALL, "finance": ALL, "service": ALL, "hr": ALL, "legal": ALL},
    },
    "forms.manage": {
        **{"manager": OWN, "director": OWN, "gm": OWN, "operations": ALL, "control": OWN, "marketing": OWN},
        **{"finance": OWN, "service": OWN, "hr": OWN, "legal": OWN},
    },
    "forms.confirm": {"manager": BRANCH, "director": ALL, "gm": ALL},
    "forms.confirm_owner": {"operations": ALL},
    "forms.fill": {
        **{"rep": OWN, "presales": OWN, "partner": OWN, "manager": OWN, "director": OWN, "gm": OWN},
        **{"control": OWN, "operations": OWN, "marketing": OWN, "service": OWN, "finance": OWN},
    },
    "forms.see_records": {**_seeing, "marketing": ALL, "service": ALL},
    "forms.confirm_record": _leading,
    "forms.check": {**_leading, "control": ALL, "operations": ALL},
    # reviews
    "reviews.see": {**_seeing, "hr": ALL},
    "reviews.write": {"rep": OWN, "presales": OWN, "manager": OWN, "director": OWN, "gm": OWN},
    "reviews.confirm": _leading,
    "reviews.meet": {**_leading, "operations": ALL},
    # exchange
    "exchange.export": {**_seeing, "marketing": ALL, "service": ALL, "admin": ALL, "hr": ALL},
    "exchange.confirm_export": {**_leading, "operations": ALL},
    # Whoever may do something by hand may do it by a file, within the same rights; but for partners, who are outside.
    "exchange.import": {
        **{**_leading, "rep": OWN, "presales": OWN, "marketing": OWN, "finance": OWN, "hr": OWN},
        **{"service": OWN, "legal": OWN, "control": OWN, "operations": ALL, "admin": ALL},
    },
    "exchange.import_history": {"operations": ALL, "admin": ALL},
}
