"""Decision chains of key accounts (F06): who signs, who uses, who checks, who guides, filled in call by call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer
from loudou.demo.happenings.setting import Setting, Told, present
from loudou.demo.tempers import temper
from loudou.people.models import User
from loudou.people.queries import organisation

KEY_ACCOUNTS = 3  # of each seller
_PEOPLE = {
    Contact.Part.ECONOMIC: (("钱志远", "分管副总经理"), ("孙德明", "总经理"), ("沈国华", "董事长")),
    Contact.Part.USER: (("何卫东", "总装车间主任"), ("彭建军", "生产部长"), ("罗永强", "一分厂厂长")),
    Contact.Part.TECHNICAL: (("谢文斌", "设备科科长"), ("韩立新", "总工程师"), ("邓少峰", "工艺主管")),
    Contact.Part.COACH: (("周敏", "采购专员"), ("许佳", "总经办主任"), ("宋玉兰", "技改办科员")),
}
_STANCES = {
    Contact.Part.ECONOMIC: ("unknown", "neutral", "supports"),
    Contact.Part.USER: ("supports", "supports", "neutral"),
    Contact.Part.TECHNICAL: ("neutral", "against", "supports"),
    Contact.Part.COACH: ("supports", "supports", "supports"),
}


def happenings(setting: Setting) -> Iterator[Told]:
    """Weeks before the end, one part a week: the careful know them all, others leave a gap."""
    sellers = sorted(
        (user for user in setting.people.values() if "rep" in user.roles), key=lambda user: user.username
    )
    for week, part in enumerate(_PEOPLE):
        for place, user in enumerate(sellers):
            if week < 2 or temper(user.username).care >= 0.8:
                yield setting.at(40 - 7 * week, 13 + place / 60), partial(_find_out, user, part, place)


def _find_out(user: User, part: Contact.Part, turn: int) -> None:
    if not present(user, organisation().today):
        return
    mine = (
        Customer.objects.current().filter(owner=user, grade__in=("vip", "key")).order_by("-touched_at", "pk")
    )
    for place, customer in enumerate(mine[:KEY_ACCOUNTS], turn):
        name, title = _PEOPLE[part][place % 3]
        there = Contact.objects.filter(customer=customer)
        if not there.filter(part=part).exists() and not there.filter(name=name).exists():
            stance = _STANCES[part][place % 3]
            verbs.add_contact(customer, name=name, title=title, part=part, attitude=stance, by=user)
