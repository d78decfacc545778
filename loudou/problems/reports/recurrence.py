"""Problems of a period and what recurs (P23, R127): by cause how often, of which kind, under which rule, whether it falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loudou.insight.lens import InsightLens
from loudou.insight.queries.scope import whose
from loudou.insight.reports._plain import missing, ratio, when
from loudou.kernel.numbers import CENT
from loudou.problems.figures.recurrence import (
    Recurrence,
    is_routine,
    within_window,
)
from loudou.problems.figures.recurrence import (
    recurrence as reckon,
)
from loudou.problems.models import Cause, Problem, Rule
from loudou.problems.queries.recurring import Counted, by_cause, counted, rules_of
from loudou.problems.queries.register import days_of


@dataclass(frozen=True)
class Line:
    """A cause: how often in the period and in the last 90 days; with a rule, how often before and since."""

    cause: Cause
    count: int
    last_90_days: int
    routine: bool
    rule: Rule | None
    recurrence: Recurrence | None


@dataclass(frozen=True)
class ProblemsReport:
    """The problems as one lens sees them, causes the most frequent first."""

    lens: InsightLens
    whole: Counted
    lines: Sequence[Line]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        period, whole = self.lens.or_this_quarter(), self.whole
        return {
            "as_of": when(self.lens.instant),
            "from": when(period.start),
            "to": when(period.end),
            "registered": whole.registered,
            "closed": whole.closed,
            "exceptions": whole.exceptions,
            "routine": whole.routine,
            "from_warnings": whole.from_warnings,
            "under_rule": whole.under_rule,
            "rows": [_told(line) for line in self.lines],
        }


def recurrence(lens: InsightLens) -> ProblemsReport:
    """What recurs in the problems a lens is about, as their register stands; causes count wherever they came."""
    period, today = lens.or_this_quarter(), lens.today
    rows: Any = Problem.objects.visible_to(lens.user).filter(
        happened_on__gte=period.start, happened_on__lt=period.end, happened_on__lte=today
    )
    rows = rows.filter(whose(lens.chosen, at="happened_on", zone=lens.company.zone))
    causes = by_cause(rows)
    days = days_of([cause.pk for cause, _n in causes])
    rules = rules_of([cause for cause, _n in causes], today)
    lines = []
    for cause, count in causes:
        came, rule = days[cause.pk], rules.get(cause.pk)
        held = reckon(came, rule.effective_on, today) if rule is not None else None
        recent = within_window(came, today)
        lines.append(Line(cause, count, recent, is_routine(came, today), rule, held))
    return ProblemsReport(lens, counted(rows), lines)


def _told(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {
        "cause": line.cause.name,
        "count": line.count,
        "last_90_days": line.last_90_days,
        "routine": line.routine,
    }
    if line.rule is None or line.recurrence is None:
        nothing = ("rule", "effective_on", "before", "since", "rate_since", "falls")
        return told | {key: value for name in nothing for key, value in missing(name, "no_rule").items()}
    held = line.recurrence
    return told | {
        "rule": line.rule.code,
        "effective_on": when(line.rule.effective_on),
        "before": held.before,
        "since": held.since,
        **ratio("rate_since", held.rate_since, CENT),
        **(missing("falls", _unknown(held)) if held.falls is None else {"falls": held.falls}),
    }


def _unknown(held: Recurrence) -> str:
    """Why it is not known whether a cause comes less often."""
    return "small_n" if held.before and held.rate_since.value is not None else "no_base"
