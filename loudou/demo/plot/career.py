"""The months of one seller."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from loudou.demo import extras
from loudou.demo.cast import CAST
from loudou.demo.plot.acts import MONTHS, Seller
from loudou.demo.plot.deal import DealLife
from loudou.demo.tempers import Temper, temper
from loudou.kernel.periods import add_months

if TYPE_CHECKING:
    from loudou.demo.plot.drawing import Plot


class Career:
    """One seller's eighteen months: customers won over, deals opened month by month, perhaps a leave-taking."""

    def __init__(self, plot: Plot, seller: Seller) -> None:
        self.plot, self.seller, self.ways = plot, seller, temper(seller.role.username)
        self.open: list[DealLife] = []

    def live(self) -> None:
        """Tell every month until the seller leaves, or until today."""
        month = self.seller.first
        while month < min(self.seller.last, self.plot.until):
            wanted = (
                self._growth(month)
                * self.ways.deals
                * (0.6 if self._month(month) == (self.ways.slump_from or 99) else 1.0)
            )
            days = sorted(self.plot.chance.randrange(28) for _ in range(self._about(wanted)))
            for day in days:
                self._deal(month, month + timedelta(days=day))
            month = add_months(month, 1)
        if self.seller.role.username == "zhaomin":
            self._whale()
        if self.ways.leaves is not None:
            self._leave()

    def _deal(self, month: date, day: date) -> None:
        plot = self.plot
        if day > plot.until:
            return
        at = plot.instant(day)
        customer = self._customer(at)
        deal = DealLife(plot, self.seller, self._ways_in(month), customer)
        deal.live(at)
        self.open.append(deal)

    def _whale(self) -> None:
        """The great deal that was as good as won, and was lost."""
        at = self.plot.instant(add_months(self.plot.begin, 10) + timedelta(days=6))
        deal = DealLife(
            self.plot, self.seller, Temper(skill=9, pace=1.4, care=1), self._customer(at, fresh=True)
        )
        deal.amount, deal.title = Decimal(12_600_000), "新能源电驱三条装配线"
        deal.fate = ["go", "go", "go", "lost:competitor"]
        deal.live(at)

    def _leave(self) -> None:
        """Hand every customer to a colleague, the open deals with it, then close the account."""
        me = self.seller.role
        heirs = [role.username for role in (*CAST, *extras.OTHERS) if role.manager == me.manager]
        heirs = [name for name in heirs if "rep" in _roles(name) and temper(name).leaves is None]
        at = self.plot.instant(self.seller.last, 10)
        for place, customer in enumerate(self.plot.customers.get(me.username, ())):
            moment, heir = at + timedelta(minutes=3 * place), heirs[place % len(heirs)]
            self.plot.add(moment, "hand_over", me.manager, customer, to=heir)
            for deal in self.open:
                if deal.customer == customer:
                    deal.inherit(moment, heir)
        self.plot.add(at + timedelta(hours=7), "depart", "renli", me.username)

    def _customer(self, at: datetime, *, fresh: bool = False) -> str:
        plot = self.plot
        everybody = plot.customers.setdefault(self.seller.role.username, [])
        mine = [code for code in everybody if plot.since[code] < at]  # two deals of one day may change places
        if not fresh and len(mine) >= 4 and plot.chance.random() > 0.35:
            return plot.chance.choice(mine)
        city = plot.chance.choice(extras.CITIES[self.seller.region])
        name, industry = self._company(city)
        code = plot.code("KH", at.date())
        people = self._people()
        plot.contacts[code] = [person["name"] for person in people]
        plot.add(
            at - timedelta(minutes=20),
            "customer",
            self.seller.role.username,
            code,
            name=name,
            industry=industry,
            region=f"{extras.PROVINCES[city]} {city}",
            size=plot.chance.choice(extras.SIZES),
            source=plot.pick(
                (
                    ("visit", 30),
                    ("exhibition", 22),
                    ("referral", 18),
                    ("phone", 14),
                    ("web", 10),
                    ("partner", 6),
                )
            ),
            people=people,
            grade=extras.GRADES[len(plot.names) % len(extras.GRADES)],
            tags=extras.TAGS[len(plot.names) % len(extras.TAGS)],
            number=len(plot.names),
        )
        everybody.append(code)
        plot.since[code] = at
        return code

    def _company(self, city: str) -> tuple[str, str]:
        """A name that nobody has yet, and the industry that was drawn first."""
        plot = self.plot
        ending, industry = plot.chance.choice(extras.TRADES)
        name = f"{city}{plot.chance.choice(extras.BRANDS)}{ending}"
        while name in plot.names:
            name = f"{city}{plot.chance.choice(extras.BRANDS)}{plot.chance.choice(extras.TRADES)[0]}"
        plot.names.add(name)
        return name, industry

    def _people(self) -> list[dict[str, str]]:
        """Two to four people of a customer, each with their part in a purchase."""
        chance, people = self.plot.chance, []
        for part, positions in chance.sample(extras.POSITIONS, k=chance.choice((2, 3, 3, 4))):
            person = chance.choice(extras.SURNAMES) + chance.choice(extras.GIVEN)
            people.append({"name": person, "part": part, "title": chance.choice(positions)})
        return people

    def _ways_in(self, month: date) -> Temper:
        """The temper in force in a month: a slump halves the skill, neglect lets everything lie."""
        index, ways = self._month(month), self.ways
        if ways.slump_from is not None and index >= ways.slump_from:
            ways = replace(ways, skill=ways.skill * 0.45, care=0.55, pace=1.4)
        if ways.neglect_from is not None and index >= ways.neglect_from:
            ways = replace(ways, care=0.12, pace=2.4)
        return ways

    def _month(self, month: date) -> int:
        return (month.year - self.plot.begin.year) * 12 + month.month - self.plot.begin.month

    def _growth(self, month: date) -> float:
        """The company grows: more and more deals are opened as the months go by."""
        return 0.45 + 1.5 * self._month(month) / MONTHS

    def _about(self, mean: float) -> int:
        whole = int(mean)
        return whole + int(self.plot.chance.random() < mean - whole)


def _roles(username: str) -> tuple[str, ...]:
    return next(role.roles for role in (*CAST, *extras.OTHERS) if role.username == username)
