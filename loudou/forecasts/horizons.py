"""How early forecasts were right (`domain.md` M22, M23): numbers as they stood 90, 60, 30 and 7 days before a period ended."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from loudou.forecasts.figures.cycle import LEVELS
from loudou.forecasts.figures.error import Accuracy, Held
from loudou.forecasts.models import Submission
from loudou.forecasts.reports import Verdict, forecast_accuracy
from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import ratio, when
from loudou.kernel.periods import midnight

DAYS = (90, 60, 30, 7)
_Told = Mapping[tuple[int, date, date], Sequence[tuple[datetime, Decimal]]]


@dataclass(frozen=True)
class HorizonsReport:
    """By level and days before the end: what was handed in last until then, held against what was won."""

    lens: InsightLens
    held: Mapping[tuple[str, int], Sequence[Held]]

    @property
    def levels(self) -> list[str]:
        """The levels there is anything of, the lowest first."""
        return [level for level in LEVELS if any((level, days) in self.held for days in DAYS)]

    def together(self, level: str, days: int) -> Accuracy:
        """A level taken together, so many days before the end."""
        return Accuracy(self.held.get((level, days), ()))

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "as_of": when(self.lens.instant),
            "levels": [
                _plain(level, days, self.together(level, days)) for level in self.levels for days in DAYS
            ],
        }


def forecast_horizons(lens: InsightLens) -> HorizonsReport:
    """The horizons of a lens: of everybody whose locked number is scored, the numbers they had handed in before."""
    verdicts = [one for one in forecast_accuracy(lens).verdicts if one.over]
    told, zone = _told(verdicts, lens), lens.company.zone
    held: dict[tuple[str, int], list[Held]] = defaultdict(list)
    for one in verdicts:
        row, period = one.submission, one.submission.period
        numbers = told.get((row.user.pk, period.start, period.end), ())
        for days in DAYS:
            until = midnight(period.end - timedelta(days=days), zone)
            place = bisect_left(numbers, until, key=lambda number: number[0])
            if place:
                held[row.level, days].append(Held(numbers[place - 1][1], one.held.actual))
    return HorizonsReport(lens, held)


def _told(verdicts: Sequence[Verdict], lens: InsightLens) -> _Told:
    """Everything these people handed in for these periods, as known at the instant, in order; one query."""
    if not verdicts:
        return {}
    rows = [one.submission for one in verdicts]
    found: dict[tuple[int, date, date], list[tuple[datetime, Decimal]]] = defaultdict(list)
    handed = Submission.objects.filter(
        user__in={row.user.pk for row in rows},
        first__gte=min(row.period.start for row in rows),
        end__lte=max(row.period.end for row in rows),
        submitted_at__lt=lens.instant,
    ).order_by("submitted_at", "number")
    for user, first, end, at, number in handed.values_list(
        "user", "first", "end", "submitted_at", "submitted"
    ):
        found[user, first, end].append((at, number))
    return found


def _plain(level: str, days: int, together: Accuracy) -> dict[str, Any]:
    return {
        "level": level,
        "days_before": days,
        "n": len(together.held),
        **ratio("wape", together.wape),
        **ratio("mape", together.mape),
        **ratio("bias", together.bias),
        **ratio("accuracy", together.accuracy),
    }
