"""Putting packs and agendas together from the records: reports of rooms below, cut to what a reader wants of them.

A part is JSON: {"name", "figures": [[label, kind, value]], "columns": [[label, kind]], "rows": [[value]]}; labels are
names of `words.LABELS`, kinds those of papers (text, money, number, percent, days), values as the reports write them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Grain, Period, midnight
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.reviews.queries.kept import (
    commitments,
    overdue_tasks,
    standing_warnings,
    told_results,
    unanswered_help,
)

Part = dict[str, Any]
MOST_ROWS = 60


@dataclass(frozen=True)
class Whom:
    """Of whom and when a pack tells: a person, or a unit with everything below it."""

    owner: User
    about: Unit | None
    period: Period

    def asked(self, **more: str) -> dict[str, str]:
        """The parameters of a report."""
        whose = {"unit": self.about.code} if self.about is not None else {"owner": self.owner.username}
        return {**whose, "from": str(self.period.start), "to": str(self.period.end), **more}

    def report(self, name: str, **more: str) -> Mapping[str, Any]:
        """A report as the owner may see it; empty where it does not know of such a thing."""
        try:
            return run(name, self.asked(**more), self.owner)
        except Refused:
            return {}


def assemble(whom: Whom, *, whole: bool) -> list[Part]:
    """The parts of a pack; a debrief (`whole`) has more of them than a report. What is empty is left out."""
    makers = [*REPORT, *(DUTY if whole else ())]
    return [part for part in (maker(whom) for maker in makers) if part["figures"] or part["rows"]]


def _figures(name: str, told: Mapping[str, Any], wanted: Sequence[tuple[str, str]]) -> Part:
    """The figures of a report that have a value."""
    figures = [[key, kind, told[key]] for key, kind in wanted if told.get(key) is not None]
    return {"name": name, "figures": figures, "columns": [], "rows": []}


def _table(name: str, rows: Sequence[Mapping[str, Any]], wanted: Sequence[tuple[str, str]]) -> Part:
    found = [[row.get(key) for key, _kind in wanted] for row in rows[:MOST_ROWS]]
    return {"name": name, "figures": [], "columns": [list(one) for one in wanted], "rows": found}


def _targets(whom: Whom) -> Part:
    rows = [row for row in whom.report("target-progress").get("rows", []) if _mine(whom, row)]
    wanted = (
        *(("metric", "metric"), ("target", "money"), ("actual", "money")),
        *(("attainment", "percent"), ("time_progress", "percent"), ("status", "status")),
    )
    return _table("targets", rows, wanted)


def _mine(whom: Whom, row: Mapping[str, Any]) -> bool:
    if whom.about is not None:
        return bool(row["unit"] == whom.about.code and row["owner"] is None)
    return bool(row["owner"] == whom.owner.username)


def _results(whom: Whom) -> Part:
    wanted = (
        *(("won", "number"), ("won_amount", "money"), ("lost", "number"), ("lost_amount", "money")),
        *(("rate", "percent"), ("cycle_mean_days", "days")),
    )
    return _figures("results", whom.report("win-rate"), wanted)


def _collections(whom: Whom) -> Part:
    """What was invoiced and received, as other systems told it; nothing where none did."""
    wanted = (("invoiced", "money"), ("cash", "money"))
    return _figures("collections", told_results(whom.owner, whom.asked(), dict(wanted)), wanted)


def _funnel(whom: Whom) -> Part:
    """Each stage at the start and at the end of the period, or now."""
    zone, now = organisation().zone, clock.now()
    instants = [min(midnight(day, zone), now) for day in (whom.period.start, whom.period.end)]
    before, after = (whom.report("funnel", as_of=at.isoformat()).get("stages", []) for at in instants)
    start = {stage["stage"]: stage for stage in before}
    rows = [
        {
            "stage": stage["stage"],
            "count_start": start.get(stage["stage"], {}).get("count", 0),
            "amount_start": start.get(stage["stage"], {}).get("amount", "0.00"),
            "count_end": stage["count"],
            "amount_end": stage["amount"],
        }
        for stage in after
    ]
    wanted = (
        *(("stage", "text"), ("count_start", "number"), ("amount_start", "money")),
        *(("count_end", "number"), ("amount_end", "money")),
    )
    return _table("funnel", rows, wanted)


def _leaks(whom: Whom) -> Part:
    """Why deals were lost."""
    rows = whom.report("leakage").get("reasons", [])
    return _table("losses", rows, (("name", "text"), ("count", "number"), ("amount", "money")))


def _activity(whom: Whom) -> Part:
    wanted = (
        *(("valid_visits", "number"), ("plans_due", "number"), ("plan_completion", "percent")),
        *(("gate_compliance", "percent"), ("record_punctuality", "percent")),
    )
    return _figures("activity", whom.report("visit-discipline"), wanted)


def _discipline(whom: Whom) -> Part:
    wanted = (
        ("due", "number"),
        ("on_time", "number"),
        ("late", "number"),
        ("missing", "number"),
        ("score", "percent"),
    )
    return _figures("discipline", whom.report("log-discipline"), wanted)


def _truth(whom: Whom) -> Part:
    wanted = (("closing_rate", "percent"), ("agreement", "percent"), ("truth_rate", "percent"))
    return _figures("truth", whom.report("three-e"), wanted)


def _forecast(whom: Whom) -> Part:
    told = whom.report("forecast-accuracy")
    rows = [row for row in told.get("rows", []) if row["who"] == whom.owner.username]
    wanted = (
        *(("period", "text"), ("forecast", "money"), ("actual", "money")),
        *(("ape", "percent"), ("limit", "percent"), ("passed", "passed")),
    )
    return _table("forecast", rows, wanted)


def _problems(whom: Whom) -> Part:
    told = whom.report("problems")
    part = _table(
        "problems", told.get("rows", []), (("cause", "text"), ("count", "number"), ("rule", "text"))
    )
    wanted = (("registered", "number"), ("closed", "number"), ("routine", "number"))
    return part | {"figures": _figures("", told, wanted)["figures"] if told.get("registered") else []}


def _leading(whom: Whom) -> Part:
    """How a leader signed, and how often they were in the field."""
    own = Whom(whom.owner, None, whom.period)
    signed, walked = own.report("approvals"), own.report("market-walks")
    figures = _figures("leading", signed, (("timeliness", "percent"), ("substance", "percent")))["figures"]
    if not signed.get("received"):
        figures = []
    if walked.get("working_days"):
        in_field = (("field_days", "number"), ("working_days", "number"), ("share", "percent"))
        figures += _figures("", walked, in_field)["figures"]
    return {"name": "leading", "figures": figures, "columns": [], "rows": []}


def _promotions(whom: Whom) -> Part:
    rows = whom.report("promotion-table").get("rows", [])
    wanted = (
        *(("title", "text"), ("customer", "text"), ("stage_at_start", "text"), ("stage_at_end", "text")),
        *(("outcome", "outcome"), ("amount", "money"), ("contacts_in_period", "number")),
    )
    return _table("promotions", rows, wanted)


def _expenses(whom: Whom) -> Part:
    told = whom.report("budget-vs-actual") if may(whom.owner, "steering.budget_see") else {}
    wanted = (
        ("unit", "text"),
        ("category", "category"),
        ("budget", "money"),
        ("approved", "money"),
        ("usage", "percent"),
    )
    names = {unit["unit"]: unit["unit_name"] for unit in told.get("units", [])}
    rows = [{**row, "unit": names.get(row["unit"], row["unit"])} for row in told.get("rows", [])]
    return _table("expenses", rows, wanted)


def _commitments(whom: Whom) -> Part:
    return _figures(
        "commitments",
        commitments(whom.owner, whom.period),
        (("given", "number"), ("kept", "number"), ("share", "percent")),
    )


Maker = Callable[[Whom], Part]
REPORT: tuple[Maker, ...] = (
    _targets,
    _results,
    _collections,
    _funnel,
    _leaks,
    _activity,
    _discipline,
    _forecast,
    _problems,
)
DUTY: tuple[Maker, ...] = (_truth, _leading, _promotions, _expenses, _commitments)


def agenda(unit: Unit, chair: User, since: datetime) -> list[Part]:
    """What the records put before a meeting: red targets, warnings, overdue promises, how the forecast changed since."""
    company = organisation()
    whom = Whom(chair, unit, company.fiscal.of(company.today, Grain.QUARTER))
    parts = (_red(whom), _warned(unit, chair), _overdue(unit, chair), _change(whom, since))
    return [part for part in parts if part["figures"] or part["rows"]]


def _red(whom: Whom) -> Part:
    """Every target of the unit and its people that is red in the quarter."""
    rows = [row for row in whom.report("target-progress").get("rows", []) if row["status"] == "red"]
    told = [{**row, "whose": row["person"] or row["unit_name"]} for row in rows]
    wanted = (
        *(("whose", "text"), ("metric", "metric"), ("target", "money"), ("actual", "money")),
        *(("attainment", "percent"), ("time_progress", "percent")),
    )
    return _table("red_targets", told, wanted)


def _warned(unit: Unit, chair: User) -> Part:
    rows = [
        {
            "customer": one.deal.customer_name or one.deal.title,
            "sign": one.sign,
            "amount": str(one.amount),
            "whose": one.deal.owner.name,
            "link": ["warnings:warning", one.pk],
        }
        for one in standing_warnings(unit, chair, MOST_ROWS)
    ]
    wanted = (
        ("customer", "text"),
        ("sign", "sign"),
        ("amount", "money"),
        ("whose", "text"),
        ("link", "link"),
    )
    return _table("warnings", rows, wanted)


def _overdue(unit: Unit, chair: User) -> Part:
    """Tasks past their day and calls for help past their answer."""
    rows = [
        {
            "what": task.title,
            "whose": task.owner.name,
            "by": str(task.due_on),
            "link": ["tasks:task", task.pk],
        }
        for task in overdue_tasks(unit, chair, MOST_ROWS)
    ]
    rows += [
        {
            "what": call.matter[:100],
            "whose": call.asker.name,
            "by": str(call.due_at.astimezone(organisation().zone).date()),
            "link": ["daylog:support_request", call.pk],
        }
        for call in unanswered_help(unit, chair, MOST_ROWS)
    ]
    return _table("overdue", rows, (("what", "text"), ("whose", "text"), ("by", "day"), ("link", "link")))


def _change(whom: Whom, since: datetime) -> Part:
    """The funnel due this quarter, from the last meeting until now."""
    asked = {"from": since.isoformat(), "to": clock.now().isoformat()}
    told = whom.report("waterfall", **asked, window=organisation().fiscal.name(whom.period))
    wanted = ("start", "new", "increase", "decrease", "won", "lost", "moved_out", "end")
    return _figures("change", told, [(name, "money") for name in wanted])
