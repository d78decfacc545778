"""三E看板 (M44): everyone, every day, everything, of a period, a person at a time and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from loudou.daylog.figures.discipline import Discipline
from loudou.daylog.figures.three_e import ThreeE
from loudou.daylog.queries.counting import Asked, counts
from loudou.daylog.queries.duty import Duty
from loudou.daylog.reports._asking import asked_of
from loudou.daylog.reports.discipline import disciplines
from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import missing, of_people, ratio
from loudou.kernel.numbers import CENT
from loudou.people.models import User


@dataclass(frozen=True)
class Person:
    """One person's days."""

    duty: Duty
    three_e: ThreeE
    discipline: Discipline

    @property
    def user(self) -> User:
        """Who it is."""
        return self.duty.user


@dataclass(frozen=True)
class ThreeEReport:
    """The board as one lens sees it."""

    lens: InsightLens
    asked: Asked
    people: Sequence[Person]

    @cached_property
    def total(self) -> ThreeE:
        """Everybody together."""
        return sum((person.three_e for person in self.people), ThreeE())

    @cached_property
    def discipline(self) -> Discipline:
        """Everybody's logs together."""
        return sum((person.discipline for person in self.people), Discipline())

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        whole = {"working_days": len(self.asked.days), **_told(self.total, self.discipline)}
        rows = ((person.user, _told(person.three_e, person.discipline)) for person in self.people)
        return of_people(self.lens, whole, rows)


def three_e(lens: InsightLens) -> ThreeEReport:
    """The board of a lens."""
    asked, on_duty = asked_of(lens)
    if not on_duty:
        return ThreeEReport(lens, asked, [])
    numbers, logs = counts(asked), disciplines(asked, on_duty)
    return ThreeEReport(
        lens,
        asked,
        [Person(duty, _of(duty, numbers.get(duty.user.pk, {})), logs[duty.user.pk]) for duty in on_duty],
    )


def _of(duty: Duty, numbers: dict[str, Any]) -> ThreeE:
    counted = {name: value for name, value in numbers.items() if name != "excused"}
    return ThreeE(on_duty=duty.count - numbers.get("excused", 0), **counted)


def _told(three_e: ThreeE, logs: Discipline) -> dict[str, Any]:
    covers = three_e.covers_most
    return {
        "on_duty": three_e.on_duty,
        "checked": three_e.checked,
        **ratio("coverage", three_e.coverage),
        **(missing("covers_most", "no_base") if covers is None else {"covers_most": covers}),
        "on_time": three_e.punctual,
        **ratio("punctuality", three_e.punctuality),
        "reported": three_e.reported,
        **ratio("evening_rate", three_e.evening),
        "items_due": three_e.items_due,
        "items_closed": three_e.items_closed,
        **ratio("closing_rate", three_e.closing),
        "pairs": three_e.pairs,
        "compared": three_e.compared,
        "differing": three_e.differing,
        "unpaired": three_e.unpaired,
        **ratio("agreement", three_e.agreement),
        "logs": three_e.logs,
        "sampled": three_e.sampled,
        **ratio("sampling_rate", three_e.sampling),
        "verified": three_e.verified,
        "verifiable": three_e.verifiable,
        "false": three_e.false,
        "unreachable": three_e.unverifiable,
        **ratio("truth_rate", three_e.truth),
        "help_asked": three_e.help_asked,
        "help_answered": len(three_e.answers),
        **ratio("support_median_hours", three_e.support_hours, CENT),
        **ratio("log_score", logs.score),
    }
