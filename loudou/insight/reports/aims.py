"""One line of the progress of targets: what is aimed at, how far it is, and the line as JSON (`contract.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from loudou.insight.lens import InsightLens
from loudou.insight.queries.achieved.reached import Standing
from loudou.insight.reports._plain import missing, money, ratio
from loudou.kernel.numbers import CENT, MILLIONTH, Ratio
from loudou.kernel.periods import Fiscal, Period
from loudou.people.models import Unit, User
from loudou.pipeline.models import Stage
from loudou.targets.figures.goals import counted_as, reached
from loudou.targets.figures.progress import Progress
from loudou.targets.models import AT_STAGE, Kind, Metric, Target, how_counted


@dataclass(frozen=True)
class Aim:
    """A number to reach in a period: as it was set, the sum of its parts, or a share of a longer one."""

    unit: Unit | None
    person: User | None
    metric: str
    period: Period
    amount: Decimal
    target: Target | None
    origin: str = "set"  # or `sum`, `share`
    stage: Stage | None = None
    family: str = ""

    @property
    def counted(self) -> str:
        """What it counts: its metric, of a single stage with that stage's key."""
        return counted_as(self.metric, self.stage.pk if self.stage is not None else None)

    @property
    def counted_how(self) -> str:
        """What its number counts, on which day and by which amount (B0.4)."""
        return how_counted(self.metric, at_stage=self.stage is not None)

    @property
    def label(self) -> str:
        """What it counts, as people call it."""
        metric = Metric(self.metric)
        if self.stage is not None:
            return f"{AT_STAGE[metric]} · {self.stage.name}"
        return f"{metric.label} · {self.family}" if self.family else str(metric.label)


def asked_of(
    metric: str,
    period: Period,
    unit: Unit | None,
    person: User | None,
    *,
    stage: Stage | None = None,
    family: str = "",
    as_of: str = "",
) -> str:
    """What the page of one result is asked for with: the query string."""
    asked = {
        "metric": metric,
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "owner": person.username if person is not None else "",
        "unit": unit.code if unit is not None and person is None else "",
        "funnel": stage.funnel.code if stage is not None else "",
        "stage": stage.code if stage is not None else "",
        "family": family,
        "as_of": as_of,
    }
    return "?" + urlencode({name: text for name, text in asked.items() if text})


@dataclass(frozen=True)
class Line:
    """An aim with how far it is. `counted` is the part of its period that its owner was employed in.

    Of a single stage `standing` is what is there now (R010).
    """

    aim: Aim
    counted: Period | None
    progress: Progress
    standing: Standing | None = None

    @property
    def goal(self) -> Target | None:
        """The target, where its number is a growth or a share that this line shows in full."""
        target = self.aim.target
        return target if target is not None and target.base_value and self.aim.origin == "set" else None

    def asked(self, as_of: str = "") -> str:
        """What the page of its result is asked for with."""
        aim = self.aim
        return asked_of(
            aim.metric, aim.period, aim.unit, aim.person, stage=aim.stage, family=aim.family, as_of=as_of
        )

    @property
    def rate_reached(self) -> Ratio:
        """The growth or the share that was reached so far (R002)."""
        target = self.goal
        if target is None or target.base_value is None:
            return Ratio.missing("absolute")
        return reached(target.kind, target.base_value, self.progress.actual, self.progress.reason)


def row_of(line: Line, lens: InsightLens) -> dict[str, Any]:
    """A line as JSON."""
    aim, progress = line.aim, line.progress.plainly
    step = MILLIONTH if progress.is_rate else CENT
    in_full = progress.target if progress.is_rate else aim.amount
    actual = Ratio.missing(progress.reason) if progress.actual is None else Ratio(progress.actual)
    status = progress.status
    return {
        "unit": aim.unit.code if aim.unit is not None else None,
        "unit_name": aim.unit.name if aim.unit is not None else None,
        "owner": aim.person.username if aim.person is not None else None,
        "person": aim.person.name if aim.person is not None else None,
        "metric": aim.metric,
        **({"family": aim.family} if aim.family else {}),
        "funnel": aim.stage.funnel.code if aim.stage is not None else None,
        "stage": aim.stage.code if aim.stage is not None else None,
        "period": lens.company.fiscal.name(aim.period),
        "origin": aim.origin,
        **ratio("target", Ratio(progress.target), step),
        **ratio("target_in_full", Ratio(in_full), step),
        **ratio("actual", actual, step),
        **ratio("attainment", progress.attainment),
        **ratio("time_progress", progress.time_progress),
        **ratio("gap", progress.gap),
        **ratio("run_rate", progress.run_rate, step),
        **ratio("required_daily", progress.required_daily, CENT),
        "days_left": progress.time.days_left,
        **({"status": status} if status is not None else missing("status", progress.gap.reason)),
        **_goal(line, lens.company.fiscal),
        **_standing(line.standing),
    }


def _standing(standing: Standing | None) -> dict[str, Any]:
    if standing is None:
        return {**missing("standing_count", "no_stage"), **missing("standing_amount", "no_stage")}
    return {"standing_count": standing.count, "standing_amount": money(standing.amount)}


def _goal(line: Line, fiscal: Fiscal) -> dict[str, Any]:
    """How the number is meant, its frozen base, the growth or share asked and reached."""
    target = line.goal
    asked = target.asked_rate if target is not None else None
    base = target.base_value if target is not None else None
    period = target.base_period if target is not None else None
    return {
        "kind": target.kind if target is not None else Kind.ABSOLUTE.value,
        "base_period": fiscal.name(period) if period is not None else None,
        **ratio("base", _or_absolute(base), CENT),
        **ratio("rate", _or_absolute(asked)),
        **ratio("rate_reached", line.rate_reached),
    }


def _or_absolute(value: Decimal | None) -> Ratio:
    return Ratio(value) if value is not None else Ratio.missing("absolute")
