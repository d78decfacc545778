"""The people of the organisation."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, overload

from django.db.models import Q
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.people.units import named_unit, unit_coded
from loudou.exchange.api.rows import tagged, there
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Asked,
    Day,
    Email,
    In,
    Key,
    Out,
    Page,
    PersonRef,
    Phone,
    Short,
    UnitRef,
    Version,
    absent,
    person_ref,
    sent,
    unit_ref,
)
from loudou.exchange.queries import visible_people
from loudou.people import verbs
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.roles import ROLES

router = Router(tags=["people"])
RoleName = Literal[tuple(ROLES)]  # type: ignore[valid-type]
PersonName = Annotated[str, Field(min_length=1, max_length=60)]


class UserRow(Out):
    id: int
    version: int
    username: str
    name: str
    roles: list[str]
    unit: UnitRef | None
    manager: PersonRef | None
    joined_on: date | None
    left_on: date | None
    is_active: bool
    email: str | None  # one's own alone: a directory of addresses is no business of programs (AP-03)
    phone: str | None


class UserPage(Page[UserRow]):
    pass


class UserFilter(Asked):
    q: Short = ""
    unit: Short = ""
    role: RoleName | None = None  # type: ignore[valid-type]
    active: bool | None = None


class NewUser(In):
    username: Annotated[str, Field(pattern=r"^\S{1,60}$")]
    name: PersonName
    unit: Key | None = None
    roles: list[RoleName] = []  # type: ignore[valid-type]
    manager: Key | None = None
    joined_on: Day | None = None
    email: Email = ""
    phone: Phone = ""


class UserChange(In):
    version: Version | None = None
    name: PersonName = absent
    manager: Key | None = None
    joined_on: Day | None = None
    left_on: Day | None = None
    email: Email = absent
    phone: Phone = absent


class Roles(In):
    version: Version | None = None
    roles: list[RoleName]  # type: ignore[valid-type]


class Joining(In):
    unit: Key | None
    on: Day | None = None


class Leaving(In):
    on: Day | None = None
    heir: Annotated[
        Key | None, Field(description="Who takes over their customers, open deals and signatures.")
    ] = None


@router.get("/users", response=UserPage, summary=_("People"))
def list_users(request: Call, asked: Query[UserFilter]) -> Page[UserRow]:
    """By name; `unit` is a unit's code and means everything below it too."""
    require(request.user, "people.see")
    people = visible_people(request.user)
    if asked.q:
        people = people.filter(Q(name__icontains=asked.q) | Q(username__icontains=asked.q))
    if asked.unit:
        people = people.filter(unit__path__startswith=unit_coded(asked.unit).path)
    if asked.role:
        people = people.filter(roles__contains=[asked.role])
    return page(
        request,
        narrowed(people, is_active=asked.active),
        asked,
        UserPage,
        order=("name_key", "id"),
        load=lambda keys: User.objects.filter(pk__in=keys).select_related("unit", "manager"),
        shape=lambda user: user_row(request, user),
    )


@router.get("/users/{int:id}", response=UserRow, summary=_("A person"))
def get_user(request: Call, id: Key) -> UserRow:
    return tagged_user(request, _person(request.user, id))


@router.post("/users", response={201: UserRow}, summary=_("Add a person"))
def add_user(request: Call, body: NewUser) -> Status[UserRow]:
    """Without a password: an administrator sets one, or lets the person have a link."""
    user = verbs.add_person(
        username=body.username,
        name=body.name,
        unit=named_unit(body.unit, "unit"),
        roles_held=list(body.roles),
        manager=_manager(body.manager),
        joined_on=body.joined_on,
        email=body.email,
        phone=body.phone,
        by=request.user,
    )
    request.place = f"/api/v1/users/{user.pk}"
    return Status(201, tagged_user(request, user))


@router.patch("/users/{int:id}", response=UserRow, summary=_("Change a person's data"), openapi_extra=GUARDED)
def edit_user(request: Call, id: Key, body: UserChange) -> UserRow:
    user = _person(request.user, id)
    values = sent(body, "version", "manager")
    if "manager" in body.model_fields_set:
        values["manager"] = _manager(body.manager)
    version = known_version(request, body.version, "people.manage")
    return tagged_user(request, verbs.edit_person(user, by=request.user, version=version, **values))


@router.post("/users/{int:id}/roles", response=UserRow, summary=_("Grant roles"), openapi_extra=VERSIONED)
def grant_roles(request: Call, id: Key, body: Roles) -> UserRow:
    """Exactly these roles, and no others."""
    user = _person(request.user, id)
    version = sent_version(request, body.version)
    changed = verbs.grant_roles(user, roles_held=list(body.roles), by=request.user, version=version)
    return tagged_user(request, changed)


@router.post("/users/{int:id}/join-unit", response=UserRow, summary=_("Move a person to another unit"))
def join_unit(request: Call, id: Key, body: Joining) -> UserRow:
    """From a day on; what they did before stays with the unit they were in."""
    user = _person(request.user, id)
    changed = verbs.join_unit(user, unit=named_unit(body.unit, "unit"), on=body.on, by=request.user)
    return tagged_user(request, changed)


@router.post("/users/{int:id}/deactivate", response=UserRow, summary=_("Close an account"))
def deactivate(request: Call, id: Key, body: Leaving) -> UserRow:
    """Sessions and tokens end at once; the person stays in history. What they hold goes to the `heir`; without one it
    stays under their name."""
    user = _person(request.user, id)
    heir = named_person(request.user, body.heir, "heir")
    return tagged_user(request, verbs.deactivate(user, by=request.user, on=body.on, heir=heir))


@router.post("/users/{int:id}/reactivate", response=UserRow, summary=_("Open a closed account again"))
def reactivate(request: Call, id: Key) -> UserRow:
    return tagged_user(request, verbs.reactivate(_person(request.user, id), by=request.user))


def user_row(request: Call, user: User) -> UserRow:
    """A person as the caller may see them."""
    is_self = user.pk == request.user.pk
    return UserRow(
        id=user.pk,
        version=user.version,
        username=user.username,
        name=user.name,
        roles=user.roles,
        unit=unit_ref(user.unit),
        manager=person_ref(user.manager),
        joined_on=user.joined_on,
        left_on=user.left_on,
        is_active=user.is_active,
        email=user.email if is_self else None,
        phone=user.phone if is_self else None,
    )


def tagged_user(request: Call, user: User) -> UserRow:
    return user_row(request, tagged(request, user))


def _person(user: User, key: int) -> User:
    return there(visible_people(user).select_related("unit", "manager").filter(pk=key).first())


@overload
def named_person(user: User, key: int, field: str) -> User: ...
@overload
def named_person(user: User, key: int | None, field: str) -> User | None: ...
def named_person(user: User, key: int | None, field: str) -> User | None:
    """Somebody whom a field of the body names: there and to be seen, or the field is wrong."""
    if key is None:
        return None
    return there(visible_people(user).filter(pk=key).select_related("unit").first(), field)


def _manager(key: int | None) -> User | None:
    return None if key is None else there(User.objects.filter(pk=key).first(), "manager")
