"""Adding people, changing what they may do, and their passwords."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, send_mail, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import events, invitations, roles
from loudou.people.access import require
from loudou.people.codes import code_step, recovery_digest
from loudou.people.models import Attempt, FormerPassword, Membership, Session, Unit, User
from loudou.people.moving import take_along
from loudou.people.queries import LOCKED_FOR, organisation
from loudou.people.usernames import username_of
from loudou.people.verbs._guarding import end_all_doors, keep_an_administrator
from loudou.ui.spelling import sort_key
from loudou.ui.texts import visible

PREFERENCES = ("language", "theme", "landing", "full_amounts", "mail_notices")
PERSONAL = ("username", "name", "email", "phone", "manager", "joined_on", "left_on")
RECOVERY_CODES = 10
MOST_LINKS = 3


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
        username=username_of(username),
        name=visible(name),
        name_key=sort_key(visible(name)),
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
    _save_with_name(user)
    if unit is not None:
        Membership.objects.create(user=user, unit=unit, since=joined_on or organisation().today)
    record(events.ADDED, user, by=by, username=username, unit=unit, roles=user.roles)
    return user


@verb
def edit_person(user: User, *, by: User | None, version: int | None = None, **values: Any) -> User:
    """Change what is known about a person (`PERSONAL`): name, mail, phone, manager, when they joined or leave."""
    require(by, "people.manage")
    fresh = lock(user, version=version, sent=values)
    if "name" in values:
        values["name"] = visible(values["name"])
    if values.get("username", fresh.username) != fresh.username:
        values["username"] = username_of(values["username"])
    changed = changes(fresh, {name: values[name] for name in PERSONAL if name in values})
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, values[name])
    if fresh.manager is not None:
        _refuse_circle(fresh, fresh.manager)
    if fresh.joined_on and fresh.left_on and fresh.left_on < fresh.joined_on:
        raise Refused(_("Nobody leaves before they joined."), field="left_on")
    fresh.name_key = sort_key(fresh.name)
    fresh.version += 1
    _save_with_name(fresh)
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
        keep_an_administrator(fresh)
    if wanted == sorted(fresh.roles):
        return fresh
    former, fresh.roles = fresh.roles, wanted
    fresh.version += 1
    fresh.save(update_fields=["roles", "version"])
    record(events.ROLES_GRANTED, fresh, by=by, field="roles", before=former, after=wanted, notify=[fresh])
    return fresh


@verb
def join_unit(user: User, *, unit: Unit | None, by: User | None, on: date | None = None) -> User:
    """Move a person to a unit from a day on. What they have comes along; what they did before stays with its unit.

    A day to come is written down now and takes effect when it comes (`settle`).
    """
    require(by, "people.manage")
    fresh = lock(user)
    today = organisation().today
    day = on or today
    if unit is not None and unit.retired_at:
        raise Refused(_("The unit is closed."), field="unit")
    last = Membership.objects.select_for_update().filter(user=fresh, until=None).first()
    if (last.unit_id if last else None) == (unit.pk if unit else None):
        return fresh
    former = last.unit if last else None
    if last is not None:
        if day < last.since:
            sentence = _("They belong to their unit only since {day}.").format(day=last.since)
            raise Refused(sentence, field="on")
        if day == last.since:
            last.delete()
        else:
            last.until = day
            last.save(update_fields=["until"])
    if unit is not None:
        Membership.objects.create(user=fresh, unit=unit, since=day)
    if day <= today:
        fresh.unit = unit
    fresh.version += 1
    fresh.save(update_fields=["unit", "version"])
    record(events.JOINED_UNIT, fresh, by=by, former=former, unit=unit, on=day)
    if day <= today:
        take_along(fresh, day)
    return fresh


@verb
def set_password(user: User, *, password: str, by: User | None, must_change: bool = True) -> User:
    """Give somebody a password, which they must change at their first sign-in."""
    require(by, "people.manage")
    fresh = lock(user)
    _take_password(fresh, password)
    fresh.must_change_password = must_change
    fresh.save(update_fields=["password", "password_changed_at", "must_change_password"])
    end_all_doors(fresh)
    record(events.PASSWORD_CHANGED, fresh, by=by)
    return fresh


@verb
def invite(user: User, *, link: str, by: User | None) -> User:
    """Mail somebody a link (`invitations`) by which they set their own password."""
    require(by, "people.manage")
    if not user.email:
        raise Refused(_("They have no e-mail address; give them a first password instead."), field="email")
    if settings.ENVIRONMENT.mail is None:
        raise Refused(_("No mail server is set up; give them a first password instead."), field="email")
    with translation.override(user.language or settings.LANGUAGE_CODE):
        subject = _("Your account at {organisation}").format(organisation=organisation().name)
        body = _(
            "Hello {name},\n\nyour user name is {username}. Set your password here within {days} days:\n\n{link}\n"
        )
        send_mail(
            user.email,
            subject,
            body.format(name=user.name, username=user.username, days=invitations.DAYS, link=link),
            urgent=True,
        )
    record(events.INVITED, user, by=by)
    return user


@verb
def ask_new_password(*, username: str, link_to: Callable[[User], str], by: User | None = None) -> None:
    """Mail whoever forgot their password a link to set another, if there is such a person; nobody learns whether.

    Nobody is signed in yet, so `by` stays empty. At most three mails go to one person within the lock's quarter hour.
    """
    user = User.objects.active().exclude(email="").filter(username__iexact=username.strip()).first()
    if user is None or settings.ENVIRONMENT.mail is None:
        return
    key = f"?{user.username.lower()}"[:60]
    recent = Attempt.objects.filter(username=key, at__gt=clock.now() - LOCKED_FOR)
    if recent.count() >= MOST_LINKS:
        return
    Attempt.objects.create(username=key, address=None, at=clock.now())
    with translation.override(user.language or settings.LANGUAGE_CODE):
        subject = _("Set a new password")
        body = _(
            "Hello {name},\n\nsomebody asked for a new password for your account. Set it here within {days} days, or do "
            "nothing and the old one stays:\n\n{link}\n"
        )
        told = body.format(name=user.name, days=invitations.DAYS, link=link_to(user))
        send_mail(user.email, subject, told, urgent=True)
    record(events.LINK_ASKED, user, by=by)


@verb
def accept_invitation(user: User, *, secret: str, password: str, by: User) -> User:
    """Set one's own password by a link; it serves once, and ends every session and token."""
    fresh = lock(user)
    if by.pk != fresh.pk or not invitations.fits(fresh, secret):
        raise Refused(_("This link is no longer good; ask for a new one."))
    _take_password(fresh, password)
    fresh.must_change_password = False
    fresh.save(update_fields=["password", "password_changed_at", "must_change_password"])
    Attempt.objects.filter(username=fresh.username.lower()).delete()
    end_all_doors(fresh)
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
    step = code_step(secret, code)
    if by is not None and (by.pk != fresh.pk or step is None):
        raise Refused(_("The code does not fit; check the clock of your device."), field="code")
    fresh.totp_secret, fresh.totp_last_step = secret, step or 0
    fresh.save(update_fields=["totp_secret", "totp_last_step"])
    record(events.SECOND_FACTOR_ON, fresh, by=by)
    return fresh


@verb
def renew_recovery_codes(user: User, *, by: User | None) -> list[str]:
    """Make ten codes for the day the device is lost; they are returned once, kept as hashes, and end the old ones."""
    fresh = lock(user)
    if by is not None and by.pk != fresh.pk:
        raise Forbidden(_("Everybody makes their own recovery codes."))
    if not fresh.totp_secret:
        raise Refused(_("Set up the second factor first."))
    codes = ["-".join(secrets.token_hex(4)[i : i + 4] for i in (0, 4)) for _n in range(RECOVERY_CODES)]
    fresh.recovery_codes = [recovery_digest(code) for code in codes]
    fresh.save(update_fields=["recovery_codes"])
    record(events.RECOVERY_CODES_MADE, fresh, by=by)
    return codes


@verb
def remove_second_factor(user: User, *, by: User, current: str = "") -> User:
    """Turn it off: for oneself with the password, for somebody who lost their device as an administrator."""
    fresh = lock(user)
    if by.pk == fresh.pk:
        if not fresh.check_password(current):
            raise Refused(_("The present password is wrong."), field="current")
    else:
        require(by, "people.unlock")
    fresh.totp_secret, fresh.recovery_codes = "", []
    fresh.save(update_fields=["totp_secret", "recovery_codes"])
    record(events.SECOND_FACTOR_OFF, fresh, by=by, notify=[fresh])
    return fresh


@verb
def unlock(user: User, *, by: User | None) -> User:
    """Forget the failed sign-ins of an account."""
    require(by, "people.unlock")
    Attempt.objects.filter(username=user.username.lower()).delete()
    record(events.UNLOCKED, user, by=by)
    return user


def _save_with_name(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        sentence = _("Somebody has the user name “{username}” already.").format(username=user.username)
        raise Refused(sentence, field="username") from None


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


def _refuse_circle(user: User, manager: User) -> None:
    seen = {user.pk}
    above: User | None = manager
    while above is not None:
        if above.pk in seen:
            raise Refused(_("Nobody can stand above themselves."), field="manager")
        seen.add(above.pk)
        above = above.manager
