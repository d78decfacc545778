"""What is said of deals on pages: flags and what to do about them, outcomes, orders, the filters that are on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loudou.customers.models import SOURCES
from loudou.kernel.periods import Period
from loudou.pipeline.figures.flags import Flag
from loudou.pipeline.lens import DealLens
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries.funnels import every_spec
from loudou.ui import format as f

# What a filter for a flag is called.
FLAGS = {
    "over_stay": gettext_lazy("over the stage's limit"),
    "overdue": gettext_lazy("past the expected date"),
    "next_overdue": gettext_lazy("next step overdue"),
    "no_next_step": gettext_lazy("no next step"),
    "near_limit": gettext_lazy("near the stage's limit"),
    "due_soon": gettext_lazy("expected soon"),
    "pushed": gettext_lazy("pushed again and again"),
    "no_evidence": gettext_lazy("no evidence in the stage"),
    "no_contact": gettext_lazy("no contact for long"),
    "owner_left": gettext_lazy("owner has left"),
    "duplicate_customer": gettext_lazy("customer may be there twice"),
    "owed": gettext_lazy("owes evidence to gates behind"),
    "amount_jump": gettext_lazy("amount jumped"),
    "backward": gettext_lazy("moved back"),
    "skipped": gettext_lazy("skipped a gate"),
    "off_funnel": gettext_lazy("off the funnel"),
    "no_customer": gettext_lazy("no customer"),
    "no_start": gettext_lazy("start unknown"),
    "no_expected": gettext_lazy("no expected date"),
}
# The same with its number, one and many.
_NUMBERED: dict[str, Callable[[int], str]] = {
    "over_stay": lambda n: ngettext("%(n)d day over the limit", "%(n)d days over the limit", n),
    "overdue": lambda n: ngettext("%(n)d day past the expected date", "%(n)d days past the expected date", n),
    "next_overdue": lambda n: ngettext("next step %(n)d day overdue", "next step %(n)d days overdue", n),
    "near_limit": lambda n: ngettext("%(n)d day to the limit", "%(n)d days to the limit", n),
    "due_soon": lambda n: ngettext("expected in %(n)d day", "expected in %(n)d days", n),
    "pushed": lambda n: ngettext("pushed %(n)d time", "pushed %(n)d times", n),
    "no_evidence": lambda n: ngettext("%(n)d day without evidence", "%(n)d days without evidence", n),
    "no_contact": lambda n: ngettext("%(n)d day without contact", "%(n)d days without contact", n),
    "owed": lambda n: ngettext("%(n)d piece of evidence owed", "%(n)d pieces of evidence owed", n),
    "amount_jump": lambda n: ngettext("amount jumped %(n)d time", "amount jumped %(n)d times", n),
    "backward": lambda n: ngettext("moved back %(n)d time", "moved back %(n)d times", n),
    "skipped": lambda n: ngettext("skipped a gate %(n)d time", "skipped a gate %(n)d times", n),
}
ORDERS = {
    "touched": gettext_lazy("last touched first"),
    "amount": gettext_lazy("largest amount first"),
    "amount_up": gettext_lazy("smallest amount first"),
    "due": gettext_lazy("earliest expected date first"),
    "due_down": gettext_lazy("latest expected date first"),
    "next": gettext_lazy("next step first"),
    "age": gettext_lazy("longest in the stage first"),
    "created": gettext_lazy("newest first"),
    "closed": gettext_lazy("last closed first"),
}
OUTCOMES = {
    "live": gettext_lazy("under way"),
    **{outcome.value: outcome.label for outcome in Outcome},
    "closed": gettext_lazy("all closed"),
    "all": gettext_lazy("all"),
}


@dataclass(frozen=True)
class Chip:
    """A filter that is on: what it filters, by what, and the address without it."""

    label: str
    value: str
    href: str


def told(flag: Flag) -> str:
    """A flag as a short sentence, with its number."""
    numbered = _NUMBERED.get(flag.code)
    if numbered is None:
        return str(FLAGS[flag.code])
    if flag.code == "due_soon" and flag.n == 0:
        return _("expected today")
    return numbered(flag.n) % {"n": flag.n}


def expected() -> str:
    """How a card says when a deal is expected: a pattern with the place of its day."""
    return _("expected %(day)s")


def advice(flag: Flag) -> str:
    """What to do about it."""
    return {
        "over_stay": _("Fill the gate and move it on, move it back, or close it."),
        "overdue": _("Set a date you believe in, or close it."),
        "next_overdue": _("Do it today or set another day."),
        "no_next_step": _("Agree the next step with the customer and write it down."),
        "near_limit": _("See what the gate still lacks."),
        "due_soon": _("Check that what is left to do fits before the date."),
        "pushed": _("Ask the customer what really decides the date."),
        "no_evidence": _("Show what the customer has confirmed so far."),
        "no_contact": _("Call today and write down what was said."),
        "owner_left": _("Hand it over to somebody who is here."),
        "duplicate_customer": _("Compare the two customers, and merge them if they are one."),
        "owed": _("Fill what gates behind still lack; without it the deal cannot be won."),
        "amount_jump": _("Read why it changed in the history."),
        "backward": _("Read why in the history, and what was learned."),
        "skipped": _("Read who let it pass and why in the history."),
        "off_funnel": _("Ask why it was not on the funnel earlier."),
        "no_customer": _("Name the customer."),
        "no_start": _("Add when it began."),
        "no_expected": _("Ask when the customer wants to order."),
    }[flag.code]


def chips(lens: DealLens) -> Iterator[Chip]:
    """The filters that are on, beside unit, owner, expected date and order, which have their own."""
    if lens.stage is not None:
        yield Chip(
            _("Stage"),
            stage_name(lens),
            lens.without("stage"),
        )
    if lens.outcome:
        yield Chip(_("Outcome"), str(OUTCOMES[lens.outcome]), lens.without("outcome"))
    if lens.category:
        yield Chip(_("Category"), str(Category(lens.category).label), lens.without("category"))
    if lens.source:
        yield Chip(_("Source"), str(SOURCES[lens.source]), lens.without("source"))
    for name, label, value in (("created", _("Since"), lens.created), ("closed", _("Closed"), lens.closed)):
        if value is not None:
            yield Chip(label, period(value, lens), lens.without(name))
    if lens.low is not None:
        yield Chip(_("At least"), f.short(lens.low), lens.without("min"))
    if lens.high is not None:
        yield Chip(_("At most"), f.short(lens.high), lens.without("max"))
    if lens.customer is not None:
        yield Chip(_("Customer"), lens.customer.name, lens.without("customer"))
    if lens.text:
        yield Chip(_("Text"), lens.text, lens.without("q"))
    for code in lens.flags:
        rest = ",".join(other for other in lens.flags if other != code)
        yield Chip(_("Flag"), str(FLAGS[code]), lens.href(flag=rest or None))


def period(value: Period, lens: DealLens) -> str:
    """A period in the organisation's fiscal year."""
    return f.period(value, lens.company.fiscal)


def stage_name(lens: DealLens) -> str:
    """The chosen stage as its funnel's version in force calls it."""
    assert lens.stage is not None
    specs = every_spec(lens.stage.funnel)
    return next((str(spec) for spec in specs if spec.stage_id == lens.stage.pk), lens.stage.code)


# The columns a list may have: what they are called, and the order their head asks for.
COLUMNS = {
    "stage": (gettext_lazy("Stage"), ""),
    "amount": (gettext_lazy("Amount"), "amount"),
    "weighted": (gettext_lazy("Weighted"), ""),
    "chance": (gettext_lazy("Success rate"), ""),
    "category": (gettext_lazy("Category"), ""),
    "expected": (gettext_lazy("Expected"), "due"),
    "next": (gettext_lazy("Next step"), "next"),
    "gate": (gettext_lazy("Gate"), ""),
    "age": (gettext_lazy("In the stage"), "age"),
    "owner": (gettext_lazy("Owner"), ""),
    "unit": (gettext_lazy("Unit"), ""),
    "source": (gettext_lazy("Source"), ""),
    "created": (gettext_lazy("Since"), "created"),
    "touched": (gettext_lazy("Last touched"), "touched"),
    "closed": (gettext_lazy("Closed"), "closed"),
    "flags": (gettext_lazy("To watch"), ""),
}
USUAL_COLUMNS = ("stage", "amount", "weighted", "expected", "next", "gate", "age", "owner", "flags")


def columns_of(asked: str) -> list[str]:
    """The columns asked for, the usual ones where none of them is known."""
    wanted = set(asked.split(","))
    return [name for name in COLUMNS if name in wanted] or list(USUAL_COLUMNS)


# What the timeline can be narrowed to.
KINDS = {
    "": gettext_lazy("All"),
    "moves": gettext_lazy("Promotion"),
    "evidence": gettext_lazy("Evidence"),
    "signatures": gettext_lazy("Signatures"),
    "changes": gettext_lazy("Changes"),
    "notes": gettext_lazy("Notes and files"),
}
# The parts people play in a decision, as the chain shows them: mark and name, gaps included.
PARTS = {
    "tb": ("TB", gettext_lazy("technical")),
    "eb": ("EB", gettext_lazy("decides")),
    "ub": ("UB", gettext_lazy("uses")),
    "coach": (gettext_lazy("Coach"), ""),
}
# What a signature is asked for.
ACTS = {
    "pipeline.promotion": gettext_lazy("promotion to the next stage"),
    "pipeline.skip": gettext_lazy("skipping a gate"),
    "pipeline.amount": gettext_lazy("an amount jumped"),
    "pipeline.probability": gettext_lazy("a success rate of one's own"),
    "pipeline.win": gettext_lazy("the win"),
    "pipeline.close_check": gettext_lazy("how the deal ended"),
    "pipeline.reopen": gettext_lazy("reopening"),
}
