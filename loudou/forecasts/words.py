"""What is said about forecasts: what asks for a review, and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.insight.explained import EXPLAINED
from loudou.insight.figures.categories import CATEGORIES

# Flag → what it is called, and what it means (M23, M24).
FLAGS = {
    "biased": (_("leans to one side"), _("The tracking signal is beyond ±4 over at least four forecasts.")),
    "sandbag": (
        _("too low on purpose?"),
        _("The last three forecasts lay more than 15% below what was won."),
    ),
    "hidden": (_("hidden deals?"), _("More than a tenth of what was won never stood on the funnel.")),
}

# Numbers of the sheet that open to what they are made of, and what they are called.
NUMBERS = {
    "closed": _("Won so far"),
    "commit": _("Commit"),
    "most_likely": _("Most likely"),
    "best_case": _("Best case"),
    "pipeline": _("Pipeline"),
    "omitted": _("Omitted"),
    "lax": _("Commit without its discipline"),
    "due": _("Open and due"),
    "weighted": _("Sales, weighted"),
    "judged": _("By my judgement"),
    "base": _("Roll-up"),
    "change": _("Since last week"),
    "base_change": _("Since last week"),
}
_ALIKE = {**dict.fromkeys(CATEGORIES, "categories"), "due": "coverage", "base_change": "change"}


def how_of(what: str) -> str:
    """Which explanation says how a number comes about."""
    return _ALIKE.get(what, what)


# The "?" beside a number of the sheet: its formula, what goes into it, what it leaves out.
HOW = {
    "target": EXPLAINED["target"],
    "categories": EXPLAINED["categories"],
    "coverage": EXPLAINED["coverage"],
    "lax": (
        _("Commit without its discipline (C2)"),
        _(
            "Of the deals in the category commit, those without a next step and its date, or of which nothing was"
            " written for seven days. They stand in their category until somebody changes it, and are not to be"
            " committed: bring them up to date, or change the category."
        ),
    ),
    "closed": (
        _("Won so far (M05)"),
        _(
            "What was won in the period, by the day of the close: the last close of a deal, as long as it stands, for"
            " who had the deal then and with its amount then."
        ),
    ),
    "weighted": (
        _("Sales, weighted (M20)"),
        _(
            "Won so far + what is open and due in the period × its success rate. What is past its expected date and"
            " deals on hold are left out; of a deal that is delivered in parts, each delivery counts on its own date."
            " Every sum is rounded once."
        ),
    ),
    "judged": (
        _("By my judgement (M22)"),
        _("Won so far + the open deals due in the period that you counted in, whole; others are left out."),
    ),
    "base": (
        _("Roll-up (M22)"),
        _(
            "The last numbers of those right below, added up, and what one's own deals come to, weighted. Who has not"
            " handed in counts with what the funnel says, weighted; who leads others and has not, with the roll-up of"
            " those. Numbers below are never overwritten."
        ),
    ),
    "submitted": (
        _("My forecast"),
        _(
            "What you expect to win in the period in all, what is won already included. A manager starts from the"
            " numbers of those below; who has not handed in counts with what the funnel says, weighted. Numbers below"
            " are never overwritten."
        ),
    ),
    "official": (
        _("Official number (C12, M23)"),
        _(
            "The number as it was locked: it is held against what was won when the period is over. What is handed in"
            " later is kept beside it."
        ),
    ),
    "adjustment": (
        _("Adjustment (M22)"),
        _("The number handed in less the number from below it started from."),
    ),
    "change": (
        _("Since last week"),
        _("The last number less the last one from before this Monday."),
    ),
}
