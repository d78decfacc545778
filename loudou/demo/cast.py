"""The people everybody knows: the same in tests, demo, documents and screenshots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from loudou.journal.record import verb
from loudou.people import verbs
from loudou.people.models import Unit, User


@dataclass(frozen=True)
class Role:
    """One of the cast: who, as what, where, and under whom."""

    username: str
    name: str
    roles: tuple[str, ...]
    unit: str
    manager: str = ""


UNITS = (
    # code, name, kind, above
    ("HQ", "恒远设备", "company", ""),
    ("CENTER", "营销中心", "region", "HQ"),
    ("D1", "直销一部", "department", "CENTER"),
    ("D2", "直销二部", "department", "CENTER"),
    ("D3", "渠道部", "department", "CENTER"),
    ("SOUTH", "华南区", "region", "HQ"),
    ("S1", "华南直销部", "department", "SOUTH"),
    ("NORTH", "华北区", "region", "HQ"),
    ("N1", "华北直销部", "department", "NORTH"),
)

CAST = (
    Role("hezong", "何总", ("gm",), "HQ"),
    Role("heli", "何立", ("director",), "CENTER", "hezong"),
    Role("wumin", "吴敏", ("manager",), "D1", "heli"),
    Role("liuyang", "刘洋", ("manager",), "D2", "heli"),
    Role("chengang", "陈刚", ("manager",), "D3", "heli"),
    Role("chenan", "陈安", ("rep",), "D1", "wumin"),
    Role("lina", "李娜", ("rep",), "D1", "wumin"),
    Role("zhangwei", "张伟", ("rep",), "D1", "wumin"),
    Role("zhoukai", "周凯", ("rep",), "D1", "wumin"),
    Role("sunqiang", "孙强", ("rep",), "D2", "liuyang"),
    Role("zhaomin", "赵敏", ("rep",), "D2", "liuyang"),
    Role("maxiao", "马骁", ("rep",), "S1"),  # the outsider: another region
    Role("zhenghao", "郑浩", ("presales",), "D1", "wumin"),
    Role("wangfang", "王芳", ("control",), "HQ", "hezong"),
    Role("linjing", "林静", ("operations",), "HQ", "hezong"),
    Role("qianjin", "钱进", ("finance",), "HQ", "hezong"),
    Role("shiyun", "石韵", ("marketing",), "HQ", "hezong"),
    Role("renli", "任丽", ("hr",), "HQ", "hezong"),
    Role("gaoming", "高明", ("admin",), "HQ", "hezong"),
    Role("anran", "安然", ("security",), "HQ", "hezong"),
    Role("yanzheng", "严正", ("auditor",), "HQ", "hezong"),
)


@verb
def assemble(*, password: str = "", joined_on: date, others: tuple[Role, ...] = (), phones: str = "") -> None:
    """Bring the cast, and others with them, together: their units, themselves, who reports to whom.

    `phones` is how their numbers begin, seven digits of which each has four of their own; without it they have none.
    """
    units: dict[str, Unit] = {}
    for place, (code, name, kind, above) in enumerate(UNITS):
        units[code] = verbs.add_unit(
            code=code, name=name, kind=kind, parent=units.get(above), by=None, since=joined_on, position=place
        )
    people: dict[str, User] = {}
    for place, role in enumerate((*CAST, *others), 1):
        people[role.username] = verbs.add_person(
            username=role.username,
            name=role.name,
            unit=units[role.unit],
            roles_held=list(role.roles),
            manager=people.get(role.manager),
            joined_on=joined_on,
            password=password,
            phone=f"{phones}{place:04d}" if phones else "",
            by=None,
        )
