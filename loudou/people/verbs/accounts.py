"""Adding people, changing what they may do, and their passwords."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyotp
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people import events, roles
from loudou.people.access import require
from loudou.people.models import Attempt, FormerPassword, Membership, Session, Unit, User
from loudou.people.queries import organisation
from loudou.ui.words import sort_key

PREFERENCES = ("language", "theme", "landing", "full_amounts")


@verb
def add_person(
    *,
    username: str,
    name: str,
    unit: Unit | None,
    roles_held: list[str],
    by: User | None,
    password: str = "",
    manager: User | None = None,
    joined_on: date | None = None,
    **details: Any,
) -> User:
    """Add a person. Without a password they cannot sign in until one is set."""
    require(by, "people.manage")
    _check_roles(roles_held, by=by)
    user = User(
        username=username.strip(),
        name=name,
        name_key=sort_key(name),
        unit=unit,
        manager=manager,
        joined_on=joined_on,
    )
    for field, value in details.items():
        setattr(user, field, value)
    user.roles = sorted(set(roles_held))
    if password:
        _take_password(user, password)
    else:
        user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        sentence = _("Somebody has the user name “{username}” already.").format(username=username)
        raise Refused(sentence, field="username") from None
    if unit is not None:
        Membership.objects.create(user=user, unit=unit, since=joined_on or organisation().today)
    record(events.ADDED, user, by=by, username=username, unit=unit, roles=user.roles)
    return user


@verb
def edit_person(user: User, *, by: User | None, version: int | None = None, **values: Any) -> User:
    """Change a person's data: name, mail, phone, manager, when they joined or leave."""
    require(by, "people.manage")
    fresh = lock(user, version=version, sent=values)
    if manager := values.get("manager"):
        _refuse_circle(fresh, manager)
    changed = changes(fresh, values)
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, values[name])
    fresh.name_key = sort_key(fresh.name)
    fresh.version += 1
    fresh.save()
    record(events.EDITED, fresh, by=by, changes=changed)
    return fresh


@verb
def set_preferences(user: User, *, by: User, **values: Any) -> User:
    """Change one's own language, appearance, first page and way of writing amounts."""
    fresh = lock(user)
    changed = changes(fresh, {name: values[name] for name in PREFERENCES if name in values})
    if by.pk != fresh.pk or not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, values[name])
    fresh.save(update_fields=list(changed))
    record(events.PREFERENCES_SET, fresh, by=by, changes=changed)
    return fresh


@verb
def grant_roles(user: User, *, roles_held: list[str], by: User | None, version: int | None = None) -> User:
    """Give a person exactly these roles."""
    require(by, "people.grant_roles")
    fresh = lock(user, version=version)
    _check_roles(roles_held, by=by)
    wanted = sorted(set(roles_held))
    if by is not None and by.pk == fresh.pk and set(wanted) - set(fresh.roles):
        raise Refused(_("Nobody may give themselves a role; ask another administrator."), field="roles")
    if fresh.has("admin") and "admin" not in wanted:
        _keep_an_administrator(fresh)
    if wanted == sorted(fresh.roles):
        return fresh
    former, fresh.roles = fresh.roles, wanted
    fresh.version += 1
    fresh.save(update_fields=["roles", "version"])
    record(events.ROLES_GRANTED, fresh, by=by, field="roles", before=former, after=wanted, notify=[fresh])
    return fresh


@verb
def join_unit(user: User, *, unit: Unit | None, by: User | None, on: date | None = None) -> User:
    """Move a person to a unit from a day on. What they did before stays with the unit they were in."""
    require(by, "people.manage")
    fresh = lock(user)
    day = on or organisation().today
    if unit is not None and unit.retired_at:
        raise Refused(_("The unit is closed."), field="unit")
    if fresh.unit_id == (unit.pk if unit else None):
        return fresh
    current = Membership.objects.select_for_update().filter(user=fresh, until=None).first()
    if current is not None:
        if day < current.since:
            sentence = _("They belong to their unit only since {day}.").format(day=current.since)
            raise Refused(sentence, field="on")
        if day == current.since:
            current.delete()
        else:
            current.until = day
            current.save(update_fields=["until"])
    if unit is not None:
        Membership.objects.create(user=fresh, unit=unit, since=day)
    former, fresh.unit = fresh.unit, unit
    fresh.version += 1
    fresh.save(update_fields=["unit", "version"])
    record(events.JOINED_UNIT, fresh, by=by, former=former, unit=unit, on=day)
    return fresh


@verb
def deactivate(user: User, *, by: User | None, on: date | None = None) -> User:
    """Close an account: sessions and tokens end at once, the person stays in history."""
    require(by, "people.manage")
    fresh = lock(user)
    if not fresh.is_active:
        return fresh
    if by is not None and by.pk == fresh.pk:
        raise Refused(_("Nobody closes their own account."))
    if fresh.has("admin"):
        _keep_an_administrator(fresh)
    fresh.is_active = False
    fresh.left_on = fresh.left_on or on or organisation().today
    fresh.version += 1
    fresh.save(update_fields=["is_active", "left_on", "version"])
    _end_all_doors(fresh)
    record(events.DEACTIVATED, fresh, by=by, left_on=fresh.left_on)
    return fresh


@verb
def reactivate(user: User, *, by: User | None) -> User:
    """Open a closed account again."""
    require(by, "people.manage")
    fresh = lock(user)
    if fresh.is_active:
        return fresh
    fresh.is_active, fresh.left_on = True, None
    fresh.version += 1
    fresh.save(update_fields=["is_active", "left_on", "version"])
    record(events.REACTIVATED, fresh, by=by)
    return fresh


@verb
def set_password(user: User, *, password: str, by: User | None, must_change: bool = True) -> User:
    """Give somebody a password, which they must change at their first sign-in."""
    require(by, "people.manage")
    fresh = lock(user)
    _take_password(fresh, password)
    fresh.must_change_password = must_change
    fresh.save(update_fields=["password", "password_changed_at", "must_change_password"])
    _end_all_doors(fresh)
    record(events.PASSWORD_CHANGED, fresh, by=by)
    return fresh


@verb
def change_password(user: User, *, current: str, password: str, by: User, keep_session: str = "") -> User:
    """Change one's own password; every other session of theirs ends."""
    fresh = lock(user)
    if by.pk != fresh.pk or not fresh.check_password(current):
        raise Refused(_("The present password is wrong."), field="current")
    _take_password(fresh, password)
    fresh.must_change_password = False
    fresh.save(update_fields=["password", "password_changed_at", "must_change_password"])
    Session.objects.filter(user=fresh).exclude(session_key=keep_session).delete()
    record(events.PASSWORD_CHANGED, fresh, by=by)
    return fresh


@verb
def set_up_second_factor(user: User, *, secret: str, code: str, by: User | None) -> User:
    """Turn on the second factor, once a code proves that the person's device holds the secret."""
    fresh = lock(user)
    if by is not None and (by.pk != fresh.pk or not pyotp.TOTP(secret).verify(code, for_time=clock.now())):
        raise Refused(_("The code does not fit; check the clock of your device."), field="code")
    fresh.totp_secret = secret
    fresh.save(update_fields=["totp_secret"])
    record(events.SECOND_FACTOR_ON, fresh, by=by)
    return fresh


@verb
def remove_second_factor(user: User, *, by: User, current: str = "") -> User:
    """Turn it off: for oneself with the password, for somebody who lost their device as an administrator."""
    fresh = lock(user)
    if by.pk == fresh.pk:
        if not fresh.check_password(current):
            raise Refused(_("The present password is wrong."), field="current")
    else:
        require(by, "people.unlock")
    fresh.totp_secret = ""
    fresh.save(update_fields=["totp_secret"])
    record(events.SECOND_FACTOR_OFF, fresh, by=by, notify=[fresh])
    return fresh


@verb
def unlock(user: User, *, by: User | None) -> User:
    """Forget the failed sign-ins of an account."""
    require(by, "people.unlock")
    Attempt.objects.filter(username=user.username.lower()).delete()
    record(events.UNLOCKED, user, by=by)
    return user


def _take_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise Refused(" ".join(problem.messages), field="password") from None
    if user.pk and user.password:
        FormerPassword.objects.create(user=user, password=user.password, changed_at=clock.now())
    user.set_password(password)
    user.password_changed_at = clock.now()


def _check_roles(wanted: list[str], *, by: User | None) -> None:
    unknown = [role for role in wanted if role not in roles.ROLES]
    if unknown:
        raise Refused(_("There is no role “{role}”.").format(role=unknown[0]), field="roles")
    pair = roles.conflict(set(wanted))
    if pair:
        names = {"one": roles.ROLES[pair[0]], "other": roles.ROLES[pair[1]]}
        raise Refused(_("{one} and {other} must be different people.").format(**names), field="roles")
    if by is not None and wanted:
        require(by, "people.grant_roles")


def _keep_an_administrator(leaving: User) -> None:
    """Two administrators leaving at once must not both succeed: the others are locked while one is counted."""
    others = User.objects.active().filter(roles__contains=["admin"]).exclude(pk=leaving.pk).order_by("pk")
    if not list(others.select_for_update().values_list("pk", flat=True)[:50]):
        raise Refused(_("The last administrator must stay."), field="roles")


def _refuse_circle(user: User, manager: User) -> None:
    seen = {user.pk}
    above: User | None = manager
    while above is not None:
        if above.pk in seen:
            raise Refused(_("Nobody can stand above themselves."), field="manager")
        seen.add(above.pk)
        above = above.manager


def _end_all_doors(user: User) -> None:
    Session.objects.filter(user=user).delete()
    user.tokens.filter(revoked_at=None).update(revoked_at=clock.now())
