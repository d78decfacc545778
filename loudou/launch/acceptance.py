"""`furnish --acceptance`: a small organisation with one person for every way of working, for scripts that try the program.

Department X has the teams A and B, department Y the team C. Everybody's password is the one in
LOUDOU_ACCEPTANCE_PASSWORD; the administrator has a second factor, and so, under the `mlps` profile, have all who
decide over money, rights or data. Run again, people and secrets stay and fresh API tokens are printed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyotp
from django.conf import settings

from loudou.journal.record import acting
from loudou.kernel.refusals import Refused
from loudou.launch.words import told as _
from loudou.people import verbs
from loudou.people.models import Unit, User
from loudou.people.queries import organisation

PASSWORD = "LOUDOU_ACCEPTANCE_PASSWORD"  # noqa: S105 - the variable's name
_TOKEN_DAYS = 30


@dataclass(frozen=True)
class Part:
    """Who plays which part, where, under whom."""

    username: str
    name: str
    role: str
    unit: str
    manager: str = ""


UNITS = (
    # code, name, kind, above
    ("acceptance", "验收公司", "company", ""),
    ("dept_x", "销售一部", "department", "acceptance"),
    ("dept_y", "销售二部", "department", "acceptance"),
    ("team_a", "一部甲组", "team", "dept_x"),
    ("team_b", "一部乙组", "team", "dept_x"),
    ("team_c", "二部丙组", "team", "dept_y"),
)
PARTS = (
    Part("director", "邵总监", "director", "acceptance"),
    Part("mgr_x", "夏经理", "manager", "dept_x", "director"),
    Part("mgr_y", "叶经理", "manager", "dept_y", "director"),
    Part("lead_a", "安组长", "manager", "team_a", "mgr_x"),
    Part("lead_b", "白组长", "manager", "team_b", "mgr_x"),
    Part("rep_a1", "艾一", "rep", "team_a", "lead_a"),
    Part("rep_a2", "艾二", "rep", "team_a", "lead_a"),
    Part("rep_b1", "柏一", "rep", "team_b", "lead_b"),
    Part("leaver", "李离", "rep", "team_c", "mgr_y"),
    Part("control", "孔控", "control", "acceptance", "director"),
    Part("ops", "欧内勤", "operations", "acceptance", "director"),
    Part("finance", "费财务", "finance", "acceptance", "director"),
    Part("hr", "任人事", "hr", "acceptance", "director"),
    Part("admin", "管理员", "admin", "acceptance"),
    Part("auditor", "沈审计", "auditor", "acceptance"),
)
LEAVER = "leaver"
SINCE = date(2015, 1, 1)  # long enough ago for any history that is imported
_SECOND_FACTOR = {"modern": ("admin",), "mlps": ("admin", "finance", "ops", "auditor", "hr")}


def furnish_acceptance() -> dict[str, Any]:
    """Make what is missing and return what scripts need to know, secrets included."""
    password = os.environ.get(PASSWORD, "")
    if not password:
        raise Refused(_("Set {name} to the password that everybody in it shall have.").format(name=PASSWORD))
    with acting():
        units = _units()
        people = [_person(part, units, password) for part in PARTS]
        return _told(people, password)


def _units() -> dict[str, Unit]:
    units: dict[str, Unit] = {unit.code: unit for unit in Unit.objects.all()}
    for code, name, kind, above in UNITS:
        if code not in units:
            units[code] = verbs.add_unit(
                code=code, name=name, kind=kind, parent=units.get(above), since=SINCE, by=None
            )
    return units


def _person(part: Part, units: dict[str, Unit], password: str) -> User:
    user = User.objects.filter(username=part.username).first()
    if user is None:
        user = verbs.add_person(
            username=part.username,
            name=part.name,
            unit=units[part.unit],
            roles_held=[part.role],
            manager=User.objects.filter(username=part.manager).first(),
            password=password,
            joined_on=SINCE,
            by=None,
        )
    elif not user.check_password(password):
        user = verbs.set_password(user, password=password, by=None, must_change=False)
    if part.username == LEAVER:
        return verbs.deactivate(user, by=None)
    if part.username in _SECOND_FACTOR[settings.ENVIRONMENT.password_profile] and not user.totp_secret:
        user = verbs.set_up_second_factor(user, secret=pyotp.random_base32(), code="", by=None)
    return user


def _told(people: list[User], password: str) -> dict[str, Any]:
    tokens = {user.username: _tokens(user) for user in people if user.is_active}
    return {
        "organisation": organisation().name,
        "units": [
            {"code": code, "name": name, "kind": kind, "parent": above or None}
            for code, name, kind, above in UNITS
        ],
        "users": [
            {
                "username": user.username,
                "name": user.name,
                "role": part.role,
                "unit": part.unit,
                "manager": part.manager or None,
                "active": user.is_active,
                "password": password,
                "totp_secret": user.totp_secret or None,
                "tokens": tokens.get(user.username),
            }
            for user, part in zip(people, PARTS, strict=True)
        ],
        "tokens": tokens,
        "totp": {user.username: user.totp_secret for user in people if user.totp_secret},
    }


def _tokens(user: User) -> dict[str, str]:
    """A fresh token that may read, and one that may write too."""
    return {
        scope: verbs.make_token(user, name=f"acceptance {scope}", scopes=scopes, days=_TOKEN_DAYS, by=None)[1]
        for scope, scopes in (("read", ["read"]), ("write", ["read", "write"]))
    }
