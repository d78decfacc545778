"""People: accounts without a password, their unit, roles and manager. Whoever has left is imported as having left."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.order import Above, in_order
from loudou.exchange.importing.reading import Reading
from loudou.exchange.importing.references import company, person_in, units
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.kernel.refusals import Refused
from loudou.people import verbs
from loudou.people.models import Unit, User
from loudou.people.roles import ROLES
from loudou.people.usernames import as_kept, username_of

_PERSONAL = ("name", "joined_on", "left_on", "email", "phone")
_BLAMED = {"roles": "roles", "manager": "manager_username", "unit": "unit_code", "on": "joined_on"}


def take(rows: Sequence[Row], run: Run) -> None:
    """Add people, managers before those they lead; bring up to date those that are there."""
    everybody = {user.username.lower(): user for user in User.objects.select_related("unit", "manager")}
    above = Above(
        "username",
        "manager_username",
        circle=_("Nobody can stand above themselves."),
        refused=_("The row of the manager is refused."),
        unknown=_("There is nobody with the user name “{code}”."),
        fold=str.lower,
    )

    def act(row: Row) -> str:
        outcome, user = _take_one(row, everybody, run)
        everybody[user.username.lower()] = user
        return outcome

    each(in_order(rows, everybody, above), act, **_BLAMED)


def also(rows: Sequence[Row], run: Run) -> None:
    """Name what else is wrong with refused rows: user names nobody may have, managers nobody knows, days in no order."""
    here = {str(row.values.get("username", "")).lower() for row in run.chunk}
    for row in rows:
        values, blamed = row.values, {note.column for note in row.notes}
        if "username" in values and "username" not in blamed:
            try:
                username_of(values["username"])
            except Refused as refusal:
                row.refuse(refusal.sentence, "username")
        manager = values.get("manager_username", "")
        if manager and "manager_username" not in blamed and manager.lower() not in here:
            person_in(row, run, "manager_username")
        joined, left = values.get("joined_on"), values.get("left_on")
        if joined and left and left < joined and not blamed & {"joined_on", "left_on"}:
            row.refuse(_("Nobody leaves before they joined."), "left_on")


def _take_one(row: Row, everybody: dict[str, User], run: Run) -> tuple[str, User]:
    values = row.values
    unit = _unit(row, run)
    manager = everybody.get(values.get("manager_username", "").lower())
    user = everybody.get(values["username"].lower())
    if user is not None:
        return _change(user, unit, manager, row, run)
    user = verbs.add_person(
        username=values["username"],
        name=values["name"],
        unit=unit,
        roles_held=values.get("roles", []),
        manager=manager,
        joined_on=values.get("joined_on"),
        by=run.by,
        **{name: values[name] for name in ("email", "phone") if name in values},
    )
    run.trace.note_made("people.user", [user.pk])
    return "new", _left(user, row, run)


def _change(user: User, unit: Unit | None, manager: User | None, row: Row, run: Run) -> tuple[str, User]:
    values = row.values
    before = {
        "name": user.name,
        "unit_id": user.unit_id,
        "manager_id": user.manager_id,
        "roles": user.roles,
        "joined_on": plain(user.joined_on),
        "left_on": plain(user.left_on),
        "is_active": user.is_active,
    }
    wanted = {name: values[name] for name in _PERSONAL if name in values and name != "left_on"}
    if manager is not None:
        wanted["manager"] = manager
    fresh = verbs.edit_person(user, by=run.by, **wanted)
    if "roles" in values and sorted(fresh.roles) != values["roles"]:
        fresh = verbs.grant_roles(fresh, roles_held=values["roles"], by=run.by)
    if unit is not None:
        fresh = verbs.join_unit(fresh, unit=unit, by=run.by)
    fresh = _left(fresh, row, run)
    if fresh.version == user.version:
        return "unchanged", user
    run.trace.note_changed(user, before)
    return "changed", User.objects.select_related("unit", "manager").get(pk=user.pk)


def _left(user: User, row: Row, run: Run) -> User:
    """Close the account of somebody who has left by today; a later day is only noted."""
    day = row.values.get("left_on")
    if day is None or (not user.is_active and user.left_on == day):
        return user
    if user.left_on != day:
        user = verbs.edit_person(user, by=run.by, left_on=day)
    if day <= company(run).today and user.is_active:
        user = verbs.deactivate(user, by=run.by, on=day)
    return user


def _unit(row: Row, run: Run) -> Unit | None:
    code = row.values.get("unit_code")
    if not code:
        return None
    unit = units(run).get(code)
    if unit is None:
        raise Refused(_("There is no unit “{code}”.").format(code=code), field="unit_code")
    return unit


_code = cells.code(60)


def username(raw: str, reading: Reading) -> str:
    """A user name as accounts keep it."""
    return as_kept(_code(raw, reading))


register(
    Kind(
        name="people",
        title=gettext_lazy("People"),
        rights=("people.manage",),
        order=20,
        at_once=True,
        take=take,
        also=also,
        key=lambda values: values.get("username", "").lower() or None,
        columns=(
            Column(
                "username",
                gettext_lazy("user name"),
                username,
                required=True,
                aliases=("用户名", "账号", "登录名", "工号", "使用者名稱", "帳號", "员工编号", "員工編號"),
            ),
            Column(
                "name",
                gettext_lazy("name"),
                cells.text(60),
                required=True,
                aliases=("姓名", "员工姓名", "名字", "員工姓名", "full name", "employee name"),
            ),
            Column(
                "unit_code",
                gettext_lazy("code of the unit"),
                cells.code(40),
                aliases=(
                    "所属部门",
                    "所屬部門",
                    "部门编号",
                    "部门编码",
                    "部门代码",
                    "部門編號",
                    "部門代碼",
                    "所属部门编号",
                ),
            ),
            Column(
                "roles",
                gettext_lazy("roles"),
                cells.words(
                    lambda: ROLES,
                    rep=(
                        "业务",
                        "業務",
                        "业务员",
                        "業務員",
                        "销售代表",
                        "銷售代表",
                        "业务代表",
                        "業務代表",
                        "sales rep",
                    ),
                    manager=("业务经理", "業務經理", "业务主管", "業務主管", "sales manager"),
                ),
                aliases=("角色", "岗位角色", "權限角色"),
            ),
            Column(
                "manager_username",
                gettext_lazy("user name of the manager"),
                username,
                aliases=(
                    "主管用户名",
                    "上级用户名",
                    "主管账号",
                    "上级账号",
                    "直属上级",
                    "主管帳號",
                    "上級帳號",
                ),
            ),
            Column(
                "joined_on",
                gettext_lazy("joined on"),
                cells.day,
                aliases=("入职日期", "入职时间", "到職日", "入職日期"),
            ),
            Column(
                "left_on",
                gettext_lazy("left on"),
                cells.day,
                aliases=("离职日期", "离职时间", "離職日", "離職日期"),
            ),
            Column(
                "email",
                gettext_lazy("e-mail"),
                cells.email,
                aliases=("邮箱", "电子邮箱", "電子郵件", "email", "e-mail"),
            ),
            Column(
                "phone",
                gettext_lazy("phone"),
                cells.text(20),
                aliases=("手机", "手机号", "电话", "手機", "電話"),
            ),
        ),
    )
)
