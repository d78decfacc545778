"""What warnings are called and say: the sign with its number, what to do next, what it would become."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loudou.insight.lens import InsightLens
from loudou.insight.words import source_name
from loudou.pipeline import words as pipeline
from loudou.pipeline.figures.flags import AMBER, RED, Flag
from loudou.warnings.events import HOW, SIGNS
from loudou.warnings.figures import signs
from loudou.warnings.models import EarlyWarning

PROBLEMS = {
    signs.OVER_LIMIT: gettext_lazy("over the stage's limit"),
    signs.PAST_DATE: gettext_lazy("past the expected date"),
    signs.LOSS: gettext_lazy("lost or cancelled"),
}
ICONS = {
    "open": "alert-triangle",
    "done": "check",
    "snoozed": "zzz",
    "disputed": "message-circle",
    "dismissed": "circle-check",
}
STATES = {
    "open": gettext_lazy("to be answered"),
    "escalated": gettext_lazy("not answered in time"),
    "done": gettext_lazy("being done"),
    "snoozed": gettext_lazy("put off"),
    "disputed": gettext_lazy("disputed"),
    "dismissed": gettext_lazy("dispute accepted"),
    "standing": gettext_lazy("all that stand"),
    "ended": gettext_lazy("ended"),
    "all": gettext_lazy("all"),
    **HOW,
}


def which(asked: InsightLens) -> Iterator[tuple[str, str, str]]:
    """Which deals alone are looked at: the parameter, what it is called, its value."""
    if asked.funnel is not None:
        yield "funnel", _("Funnel"), str(asked.funnel)
    if asked.product is not None:
        yield "product", _("Product"), asked.product.name
    if asked.source:
        yield "source", _("Source"), source_name(asked.source)


def flag_of(warning: EarlyWarning) -> Flag:
    """A warning as a flag of its deal."""
    urgent = warning.sign in ("overdue", "over_stay")
    return Flag(warning.sign, RED if urgent else AMBER, warning.number)


def tone(warning: EarlyWarning) -> str:
    """How urgent it looks."""
    return flag_of(warning).tone


def told(warning: EarlyWarning) -> str:
    """Why it is raised, with its number."""
    if warning.sign == "stuck":
        said = ngettext(
            "%(n)d day in the stage, far longer than others",
            "%(n)d days in the stage, far longer than others",
            warning.number,
        )
        return said % {"n": warning.number}
    if warning.sign == "silent":
        said = ngettext("%(n)d day without contact", "%(n)d days without contact", warning.number)
        return said % {"n": warning.number}
    return pipeline.told(flag_of(warning))


def advice(warning: EarlyWarning) -> str:
    """What to do next."""
    if warning.sign == "stuck":
        return _("Three quarters were long out of this stage by now: find out what holds it, or let it go.")
    if warning.sign == "silent":
        return _("Call today and write down what was said.")
    return pipeline.advice(flag_of(warning))


def problem(warning: EarlyWarning) -> str:
    """What it is to become, unless somebody acts."""
    return str(PROBLEMS[signs.ANNOUNCES[warning.sign]])


__all__ = ["HOW", "ICONS", "PROBLEMS", "SIGNS", "STATES", "advice", "flag_of", "problem", "told", "tone"]
