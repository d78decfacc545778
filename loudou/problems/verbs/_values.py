"""What problems and rules may say, and the numbers they go by."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.journal.numbers import next_codes
from loudou.kernel import clock
from loudou.people.queries import organisation
from loudou.problems.models import Cause, Problem, Rule
from loudou.ui.spelling import folded
from loudou.ui.texts import kept

LONGEST = {"title": 120, "applies_to": 300, "evidence": 300, "reason": 300, "cause": 80}
PARAGRAPH = 2000


def text(field: str, value: str, refusal: str = "") -> str:
    """A text as it is kept; with `refusal` it must not be empty."""
    return kept(value, field, longest=LONGEST.get(field, PARAGRAPH), needed=refusal)


def cause_named(name: str) -> Cause:
    """The cause with this name, made where the house does not know it yet."""
    said = text("cause", name, _("Name the cause."))
    cause, _made = Cause.objects.get_or_create(key=folded(said), defaults={"name": said})
    return cause


def problem_code() -> str:
    """The next number of a problem that nobody typed before, `WT-2611-0007`."""
    month = clock.now().astimezone(organisation().zone)
    return next_codes(Problem, "problems_problem_number", f"WT-{month:%y%m}-", width=4)[0]


def rule_code() -> str:
    """The next number of a rule that nobody typed before, `GZ-0007`."""
    return next_codes(Rule, "problems_rule_number", "GZ-", width=4)[0]
