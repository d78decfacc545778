"""How problems look: tones of their states and kinds, the steps of their way."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.problems.models import Problem

State = Problem.State
TONES = {
    State.REGISTERED: "bad",
    State.CONTAINED: "watch",
    State.CAUSE: "watch",
    State.CLASSIFIED: "watch",
    State.RULED: "",
    State.CLOSED: "good",
}
KIND_TONES = {"exception": "", "routine": "watch"}


def steps(problem: Problem) -> list[tuple[str, bool, bool]]:
    """The way of a problem: each step's name, whether it is done, whether it is the present one.

    An exception needs no rule.
    """
    ways = [state for state in State if problem.kind != "exception" or state is not State.RULED]
    place = ways.index(State(problem.state))
    return [(str(state.label), index <= place, index == place) for index, state in enumerate(ways)]


def next_step(problem: Problem) -> str:
    """What has to happen next."""
    routine = problem.kind == Problem.Kind.ROUTINE
    return {
        State.REGISTERED: _("Contain it: what is done at once so that it gets no worse?"),
        State.CONTAINED: _("Find the cause."),
        State.CAUSE: _("Class it: an exception, or routine?"),
        State.CLASSIFIED: _("Write the rule.") if routine else _("Verify that it is solved."),
        State.RULED: _("Verify that it is solved and the rule is kept."),
        State.CLOSED: "",
    }[State(problem.state)]
