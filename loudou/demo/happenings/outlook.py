"""How people set the program up for themselves: views they keep, reports by mail, screens on the wall, a stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from loudou.broadcasts.verbs import make_screen, subscribe
from loudou.demo.happenings.setting import A_DAY, Setting, Told, unit_named
from loudou.people.models import Rate, User
from loudou.people.queries import organisation
from loudou.people.verbs import edit_person, save_view, set_rate
from loudou.signoff.verbs import delegate

_MAILED = ("hezong", "heli", "wumin", "linjing")
# Whose, of which page, under which name, with which filters, whether their unit shares it.
_VIEWS = (
    ("linjing", "pipeline:list", "没有下一步的商机", "odd=no_next_step", True),
    ("wumin", "pipeline:list", "超期商机", "odd=over_stay", True),
    ("wumin", "customers:list", "重要客户", "grade=key", True),
    ("chenan", "pipeline:list", "我的大单", "owner=chenan&sort=-amount", False),
)
_REPORTS = (
    ("hezong", "insight:funnel", "全公司漏斗周报", "week", 0),
    ("heli", "insight:forecast_sheet", "营销中心销售预测", "week", 0),
    ("wumin", "insight:anomalies", "一部异常商机", "day", 0),
    ("linjing", "insight:coverage", "覆盖率月报", "month", 1),
)

# Days before the end, what a dollar and a euro are worth from then on.
_RATES = ((300, "7.18", "7.76"), (120, "7.12", "8.31"), (30, "7.10", "8.26"))


def happenings(setting: Setting) -> Iterator[Told]:
    """Spread over the last months."""
    for back, dollar, euro in _RATES:
        yield setting.at(back, 8.6), partial(_rates, setting, Decimal(dollar), Decimal(euro))
    yield setting.at(90, 9.1), partial(_addresses, setting)
    yield setting.at(88, 9.4), partial(_views, setting)
    yield setting.at(80, 14.2), partial(_reports, setting)
    yield setting.at(41, 15.3), partial(_screens, setting)
    yield setting.at(9, 17.5), partial(_stand_in, setting)


def _addresses(setting: Setting) -> None:
    for name in _MAILED:
        edit_person(setting.people[name], email=f"{name}@hengyuan.example", by=setting.people["gaoming"])


def _rates(setting: Setting, dollar: Decimal, euro: Decimal) -> None:
    for currency, rate in (("USD", dollar), ("EUR", euro)):
        for kind in Rate.Kind.values:
            set_rate(
                currency=currency,
                kind=kind,
                valid_from=organisation().today,
                rate=rate,
                by=setting.people["qianjin"],
            )


def _views(setting: Setting) -> None:
    for name, page, called, query, shared in _VIEWS:
        save_view(page=page, name=called, query=query, shared=shared, by=setting.people[name])


def _reports(setting: Setting) -> None:
    for name, page, called, grain, day in _REPORTS:
        subscribe(
            page=page, query="", name=called, grain=grain, day=day, hour=8, by=User.objects.get(username=name)
        )


def _screens(setting: Setting) -> None:
    make_screen(
        name="营销大厅",
        unit=unit_named("CENTER"),
        boards=["funnel", "attainment", "leaders", "three_e", "forecast", "accuracy", "narrowing"],
        names="full",
        seconds=20,
        days=365,
        by=setting.people["linjing"],
    )
    make_screen(
        name="直销一部门口",
        unit=unit_named("D1"),
        boards=["attainment", "leaders"],
        names="short",
        seconds=30,
        days=180,
        is_dark=False,
        by=setting.people["wumin"],
    )


def _stand_in(setting: Setting) -> None:
    """A manager travels for a week; a colleague signs meanwhile."""
    today = organisation().today
    delegate(
        setting.people["hanxue"],
        to=setting.people["linfan"],
        first=today + A_DAY,
        last=today + 5 * A_DAY,
        reason="赴德国参展",
        by=setting.people["hanxue"],
    )
