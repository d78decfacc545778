"""People, units, rates and calendars; oneself."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, overload

from django.db.models import Q
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.rows import tagged, there
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Asked,
    Currency,
    Day,
    Email,
    In,
    Key,
    Number,
    Out,
    Page,
    PersonRef,
    Phone,
    RateValue,
    Short,
    UnitRef,
    Version,
    When,
    absent,
    person_ref,
    sent,
    unit_ref,
)
from loudou.exchange.queries import visible_people
from loudou.people import verbs
from loudou.people.access import may, reach, require
from loudou.people.grants import GRANTS, Reach
from loudou.people.models import Calendar, CalendarDay, Rate, Unit, User
from loudou.people.queries import organisation
from loudou.people.roles import ROLES

router = Router(tags=["people"])
RoleName = Literal[tuple(ROLES)]  # type: ignore[valid-type]
UnitKind = Literal["company", "region", "department", "team"]
PersonName = Annotated[str, Field(min_length=1, max_length=60)]
UnitName = Annotated[str, Field(min_length=1, max_length=120)]
UnitCode = Annotated[str, Field(min_length=1, max_length=40)]
Place = Annotated[int, Field(ge=0, le=32_767)]


# Oneself -------------------------------------------------------------------------------------------------------


class Me(Out):
    id: int
    username: str
    name: str
    unit: UnitRef | None
    roles: list[str]
    rights: dict[str, str]
    scopes: list[str]
    organisation: str
    base_currency: str
    time_zone: str
    today: date


@router.get("/me", response=Me, summary=_("Who calls, and what they may do"))
def me(request: Call) -> Me:
    """`rights` maps every verb the caller may do to how far it reaches: OWN, TEAM, BRANCH or ALL."""
    user, company = request.user, organisation()
    far = {verb: reach(user, verb) for verb in GRANTS}
    token = request.caller.token
    return Me(
        id=user.pk,
        username=user.username,
        name=user.name,
        unit=unit_ref(user.unit),
        roles=user.roles,
        rights={verb: width.name for verb, width in far.items() if width is not Reach.NONE},
        scopes=token.scopes if token else ["read", "write"],
        organisation=company.name,
        base_currency=company.base_currency,
        time_zone=company.time_zone,
        today=company.today,
    )


# People --------------------------------------------------------------------------------------------------------


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
    version = known_version(request, body.version)
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
    """Sessions and tokens end at once; the person stays in history."""
    user = _person(request.user, id)
    return tagged_user(request, verbs.deactivate(user, by=request.user, on=body.on))


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


# Units ---------------------------------------------------------------------------------------------------------


class UnitRow(Out):
    id: int
    version: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    position: int
    retired_at: When | None


class UnitPage(Page[UnitRow]):
    pass


class UnitFilter(Asked):
    below: Short = ""
    retired: bool = False


class NewUnit(In):
    code: UnitCode
    name: UnitName
    kind: UnitKind
    parent: Key | None = None
    position: Place = 0


class UnitChange(In):
    version: Version | None = None
    name: UnitName = absent
    kind: UnitKind = absent
    position: Place = absent


class UnitMove(In):
    parent: Key | None
    version: Version | None = None
    on: Day | None = None


@router.get("/units", response=UnitPage, summary=_("Units"), tags=["units"])
def list_units(request: Call, asked: Query[UnitFilter]) -> Page[UnitRow]:
    """In the order of the tree; `below` is a unit's code."""
    require(request.user, "people.see")
    units = Unit.objects.all() if asked.retired else Unit.objects.filter(retired_at=None)
    if asked.below:
        units = units.filter(path__startswith=unit_coded(asked.below, "below").path)
    return page(request, units, asked, UnitPage, order=("path", "id"), shape=unit_row)


@router.get("/units/{int:id}", response=UnitRow, summary=_("A unit"), tags=["units"])
def get_unit(request: Call, id: Key) -> UnitRow:
    return tagged_unit(request, _unit_at(request.user, id))


@router.post("/units", response={201: UnitRow}, summary=_("Add a unit"), tags=["units"])
def add_unit(request: Call, body: NewUnit) -> Status[UnitRow]:
    values = sent(body, "parent")
    unit = verbs.add_unit(parent=named_unit(body.parent, "parent"), by=request.user, **values)
    request.place = f"/api/v1/units/{unit.pk}"
    return Status(201, tagged_unit(request, unit))


@router.patch(
    "/units/{int:id}", response=UnitRow, summary=_("Change a unit"), tags=["units"], openapi_extra=GUARDED
)
def edit_unit(request: Call, id: Key, body: UnitChange) -> UnitRow:
    unit = _unit_at(request.user, id)
    version = known_version(request, body.version)
    return tagged_unit(
        request, verbs.edit_unit(unit, by=request.user, version=version, **sent(body, "version"))
    )


@router.post("/units/{int:id}/move", response=UnitRow, summary=_("Move a unit in the tree"), tags=["units"])
def move_unit(request: Call, id: Key, body: UnitMove) -> UnitRow:
    """From a day on; facts before it stay with where the unit stood then."""
    unit = _unit_at(request.user, id)
    version = sent_version(request, body.version)
    parent = named_unit(body.parent, "parent")
    return tagged_unit(
        request, verbs.move_unit(unit, to=parent, by=request.user, on=body.on, version=version)
    )


@router.post("/units/{int:id}/retire", response=UnitRow, summary=_("Close a unit"), tags=["units"])
def retire_unit(request: Call, id: Key) -> UnitRow:
    return tagged_unit(request, verbs.retire_unit(_unit_at(request.user, id), by=request.user))


def unit_row(unit: Unit) -> UnitRow:
    return UnitRow(
        id=unit.pk,
        version=unit.version,
        code=unit.code,
        name=unit.name,
        kind=unit.kind,
        parent_id=unit.parent_id,
        position=unit.position,
        retired_at=unit.retired_at,
    )


def tagged_unit(request: Call, unit: Unit) -> UnitRow:
    return unit_row(tagged(request, unit))


def _unit_at(user: User, key: int) -> Unit:
    return there(Unit.objects.filter(pk=key).first() if may(user, "people.see") else None)


def named_unit(key: int | None, field: str) -> Unit | None:
    """The unit that a field of the body names."""
    return None if key is None else there(Unit.objects.filter(pk=key).first(), field)


def unit_coded(code: str, field: str = "unit") -> Unit:
    """A unit by its code."""
    return there(Unit.objects.filter(code=code).first(), field)


# Rates and calendars -------------------------------------------------------------------------------------------


class RateRow(Out):
    id: int
    version: int
    currency: str
    kind: str
    valid_from: date
    rate: Number


class RatePage(Page[RateRow]):
    pass


class RateFilter(Asked):
    currency: Short = ""
    kind: Literal["plan", "spot"] | None = None


class NewRate(In):
    currency: Currency
    kind: Literal["plan", "spot"]
    valid_from: Day
    rate: RateValue


class CalendarDayRow(Out):
    day: date
    working: bool
    name: str


class CalendarRow(Out):
    id: int
    version: int
    code: str
    name: str
    weekend: list[int]
    known_until: int


class CalendarDetail(CalendarRow):
    days: list[CalendarDayRow]


class CalendarPage(Page[CalendarRow]):
    pass


@router.get("/rates", response=RatePage, summary=_("Exchange rates"), tags=["rates"])
def list_rates(request: Call, asked: Query[RateFilter]) -> Page[RateRow]:
    """Units of the base currency for one of `currency`, from `valid_from` on; newest first."""
    rates = narrowed(Rate.objects.all(), currency=asked.currency, kind=asked.kind)
    return page(request, rates, asked, RatePage, order=("-valid_from", "-id"), shape=rate_row)


@router.post("/rates", response=RateRow, summary=_("Set a rate"), tags=["rates"])
def set_rate(request: Call, body: NewRate) -> RateRow:
    """One a currency, kind and day: set again, it is replaced."""
    return rate_row(verbs.set_rate(**sent(body), by=request.user))


@router.get("/calendars", response=CalendarPage, summary=_("Working-day calendars"), tags=["calendars"])
def list_calendars(request: Call, asked: Query[Asked]) -> Page[CalendarRow]:
    return page(
        request, Calendar.objects.all(), asked, CalendarPage, order=("code", "id"), shape=calendar_row
    )


@router.get("/calendars/{int:id}", response=CalendarDetail, summary=_("A calendar"), tags=["calendars"])
def get_calendar(request: Call, id: Key) -> CalendarDetail:
    """`weekend` holds weekday numbers, Monday 0; `days` the holidays and make-up days that differ from it."""
    calendar = tagged(request, there(Calendar.objects.filter(pk=id).first()))
    days = CalendarDay.objects.filter(calendar=calendar).order_by("day")
    return CalendarDetail(
        **calendar_row(calendar).model_dump(),
        days=[CalendarDayRow(day=row.day, working=row.working, name=row.name) for row in days],
    )


def rate_row(rate: Rate) -> RateRow:
    return RateRow(
        id=rate.pk,
        version=rate.version,
        currency=rate.currency,
        kind=rate.kind,
        valid_from=rate.valid_from,
        rate=rate.rate,
    )


def calendar_row(calendar: Calendar) -> CalendarRow:
    return CalendarRow(
        id=calendar.pk,
        version=calendar.version,
        code=calendar.code,
        name=calendar.name,
        weekend=calendar.weekend,
        known_until=calendar.known_until,
    )
