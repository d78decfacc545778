"""How every figure comes about and what it leaves out, as the "?" beside it says."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from loudou.people.queries import organisation
from loudou.pipeline.queries.flags import thresholds
from loudou.ui import format as f

# The "?" beside a figure: its formula, what goes into it, what it leaves out.
EXPLAINED = {
    "stock": (
        gettext_lazy("Stock (M01)"),
        gettext_lazy(
            "Deals that stand on the funnel, open or on hold, with their amount without VAT in the base currency at"
            " the plan rate. Weighted: amount × success rate, the deal's own where one was approved, else its"
            " stage's. Won, lost and invalid deals are left out."
        ),
    ),
    "flow": (
        gettext_lazy("Flow (M03)"),
        gettext_lazy(
            "A deal counts once a stage: its first arrival in the period and its last departure. Winning flows out, a"
            " reopening flows in; losses and steps back are told apart. What happened counts for whom it happened"
            " to. Deals on hold stand in their stage; invalid ones are left out."
        ),
    ),
    "identity": (
        gettext_lazy("Stock identity"),
        gettext_lazy(
            "At the start + in + back in = stay + out + lost + back out, for every stage. In a part of the company"
            " the deals handed over by others and to others close it."
        ),
    ),
    "conversion": (
        gettext_lazy("Conversion (M03)"),
        gettext_lazy(
            "Out ÷ in, and lost ÷ in, within the period. Old stock that flows out can take it beyond 100 %. The"
            " cohort conversion (M02) is another figure and is never mixed with it."
        ),
    ),
    "cohort": (
        gettext_lazy("Cohort conversion (M02)"),
        gettext_lazy(
            "Deals that first reached the stage in the period, or jumped over it. Advanced: ever beyond it, a win"
            " is beyond all; lost there: closed without having been beyond. Conversion = advanced ÷ (advanced +"
            " lost); what it can still become is told by its bounds, how sure it is by Wilson's interval (95%)."
            " Decided below 80%, a cohort is not ripe. Reopened losses are in flight again. Invalid deals are left"
            " out."
        ),
    ),
    "through": (
        gettext_lazy("The whole way (M02, M05)"),
        gettext_lazy(
            "The deals that first reached the first stage in the period, followed to their end: won, lost or cancelled, still"
            " open. Conversion = won ÷ (won + lost); what it can still become is told by its bounds: won ÷ all, and"
            " (won + open) ÷ all. Never won ÷ created of the same period: those are other deals. The last slab is what"
            " was won in the period."
        ),
    ),
    "cumulative": (
        gettext_lazy("Cumulative conversion (M02)"),
        gettext_lazy(
            "Of all deals that first reached the stage in a month, the share that had got beyond it, or was won, so many"
            " days after each of them reached it. A share is told once the last deal of the month has had so many"
            " days; before there is a dash. Invalid deals are left out."
        ),
    ),
    "times": (
        gettext_lazy("Stage times (M06, M08)"),
        gettext_lazy(
            "Days over all stays of deals that first entered the stage in the period, without holds and the time they"
            " were closed. Median and P75 are Kaplan and Meier's: deals that still stand there count as so long at"
            " least. To the next stage: from the first entry to that of the next one, of the last stage to the win."
        ),
    ),
    "bottlenecks": (
        gettext_lazy("Bottleneck (M15)"),
        gettext_lazy(
            "Score = conversion ÷ its mean of the four quarters before × their mean of median days ÷ the median. The"
            " lowest score is the bottleneck, among stages with ten decided deals. Worth = deals in flight × what the"
            " conversion lacks × the chance to win from there × the mean amount won in twelve months."
        ),
    ),
    "leakage": (
        gettext_lazy("Leakage (M12)"),
        gettext_lazy(
            "Lost ÷ entered in the period. A silent leak is an open deal without a next step, or longer in its stage"
            " than %(stuck_times)s × P75 of the period's times, or without a contact for more than %(silent_days)s days"
            " since the last one; one with several of these leaks once. Never spoken to is not fallen silent. Deals on"
            " hold leak nothing. Leaked amount = lost + silent leaks."
        ),
    ),
    "changed": (
        gettext_lazy("Changed meanwhile"),
        gettext_lazy(
            "Amounts that changed while deals stood in the stage, and what was handed over: it closes the identity"
            " in money."
        ),
    ),
    "by_product": (
        gettext_lazy("By product"),
        gettext_lazy(
            "A deal with several products counts in each of them: the lines may sum to more than the whole."
        ),
    ),
    "promotion": (
        gettext_lazy("Promotion table (F17)"),
        gettext_lazy(
            "Deals that stood on the funnel some time during the period, one a line. ↑ promoted, ⇈ promoted over a"
            " stage, ↓ stepped back, ⟲ reopened. What happened counts for whom it happened to; a deal is listed"
            " with who had it at the end of the period. Days in the stage are without time on hold. Invalid deals"
            " are left out."
        ),
    ),
    "contacts": (
        gettext_lazy("Contact table (P03)"),
        gettext_lazy(
            "The deals of the promotion table with what was done about them. A contact is a call, a message, a meeting"
            " or a valid visit: with a person of the customer and a result or a next step (M40); several visits of one"
            " person to one customer on one day count once. A live deal shall hear of us every %(contact_days)s days;"
            " beyond %(silent_days)s days it is silent."
        ),
    ),
    "effort": (
        gettext_lazy("Visits a deal won takes (M42)"),
        gettext_lazy(
            "Visits that count in the twelve months up to the day of the figures ÷ deals won in them; visits to"
            " customers that were lost are effort too. Beside it the visits a won deal had on average."
        ),
    ),
    "sheet": (
        gettext_lazy("Forecast sheet (F16, M20)"),
        gettext_lazy(
            "Expected order amount × success rate; the sums of the stages make the total. Counted are open deals that"
            " are due in the period and not past their expected date; of one that is delivered in parts, those deliveries that"
            " are, each on its own date. The success rate is the deal's own where one"
            " was approved, else its stage's. Lines kept in the ERP, deals on hold, won and invalid ones are left"
            " out. Every sum is rounded once."
        ),
    ),
    "categories": (
        gettext_lazy("Forecast categories (M21)"),
        gettext_lazy(
            "Commitment = won + commit. Optimistic = commitment + most likely + best case. Open = all that is open but"
            " not omitted. A deal stands in the category somebody gave it with a reason, else in its stage's; counted"
            " are open deals due in the period and not past their expected date, with their whole amounts; of one that"
            " is delivered in parts, the deliveries due in the period."
        ),
    ),
    "waterfall": (
        gettext_lazy("Waterfall (M13)"),
        gettext_lazy(
            "Start + new + reopened + moved in + handed over to here + increase + rates = end + won + lost + moved out"
            " + handed over to others + decrease. Both ends are as they were known then. Handing over goes before a"
            " close, a close before a moved date, that before the amount; what was undone in between is not seen."
            " Where a period of expected dates is chosen, a win counts by its own day: won outside of it, a deal leaves as"
            " moved out."
            " Deals on hold stand; cancelled and invalid ones are lost."
        ),
    ),
    "beside": (
        gettext_lazy("Side by side (M02, M05, M06, M12)"),
        gettext_lazy(
            "Win rate: won ÷ (won + lost) of the period. Conversion: of the deals that reached the stage in the period"
            " and are decided, the share that advanced. Days: the median by Kaplan and Meier. Leakage: lost ÷ entered"
            " in the period. Below each rate its 95% interval and n; a rate is marked where its interval does not"
            " hold that of the whole, so that the difference is no chance; below ten it is pale."
        ),
    ),
    "grid": (
        gettext_lazy("Cohorts by month (M02)"),
        gettext_lazy(
            "Each row is the deals that reached a stage for the first time, or passed it by, in that month. The rate is"
            " advanced ÷ (advanced + lost there); who is still on the way is left out, and where that is more than a"
            " fifth the month is pale: it says little yet."
        ),
    ),
    "heat": (
        gettext_lazy("Open deals by days in their stage and amount"),
        gettext_lazy(
            "Every open deal of the funnel once, by the days it has stood in its stage, without time on hold, and by its"
            " amount. The darker a cell, the more money stands in it."
        ),
    ),
    "coverage": (
        gettext_lazy("Coverage (M10)"),
        gettext_lazy(
            "Open deals due in the period and not past their date ÷ (target − won); deliveries count each on its own"
            " date. Required is 1 ÷ the yield of the"
            " four periods before: what was won in them ÷ what was open and due in them when they began; without"
            " history it is three. Once the target is met there is no ratio."
        ),
    ),
    "slippage": (
        gettext_lazy("Slippage (M11)"),
        gettext_lazy(
            "Of the amount that was expected in the period when it began, the share that was neither won nor lost by"
            " its end: put off or still open. Deals count with their amounts at the start, whoever has them since."
        ),
    ),
    "anomalies": (
        gettext_lazy("Anomalies (M16)"),
        gettext_lazy(
            "Live deals over their stage's limit, past the expected date, without a next step, %(bare_days)s days"
            " without evidence, more than %(silent_days)s days without contact (without any: since the deal began), of an"
            " owner who has left or a customer that may be there twice, with a date pushed %(pushes)s times or more, an"
            " amount changed by more than %(amount_change)s, stepped back or let over a gate; and wins younger than"
            " %(off_funnel_days)s days or first seen at the last stage, of %(off_funnel_amount)s or more. Invalid deals"
            " are left out."
        ),
    ),
    "win_rate": (
        gettext_lazy("Win rate (M05)"),
        gettext_lazy(
            "Won ÷ (won + lost), by the day of the close: the last close of a deal, as long as it stands, for who had"
            " the deal then and with its amount then. Cancelled deals are lost; invalid ones are left out. Competitive:"
            " of losses only those to a named competitor. Created: of the deals created in the period what is won, and"
            " what is won or still open; never what was won ÷ what was created, for those are other deals."
        ),
    ),
    "cycle": (
        gettext_lazy("Sales cycle (M07)"),
        gettext_lazy(
            "Days from the creation of a deal to its close in the period, without the time it was closed before it was"
            " reopened; holds stay in. Mean and median, of wins and apart of losses. What was closed within a day of its"
            " creation counts too and is told beside: it was hardly worked on the funnel. Deals whose beginning nobody"
            " knows have no cycle; invalid ones are left out."
        ),
    ),
    "velocity": (
        gettext_lazy("Pipeline velocity (M09)"),
        gettext_lazy(
            "Money a day = deals standing × win rate × mean amount won ÷ mean cycle in days, a day at least. Standing is"
            " the mean of the starts of the period's months; the other three are of the deals closed in the twelve months"
            " before its end. All four are of the same funnel and of whom you look at; without one of them there is no"
            " value."
        ),
    ),
    "calibration": (
        gettext_lazy("Calibrated success rate (M04)"),
        gettext_lazy(
            "Of the deals closed in the twelve months before, those that came to the stage or beyond it: (won + 10 ×"
            " configured rate) ÷ (won + lost + 10). Later stages are never less likely than earlier ones. With fewer"
            " than 30 closed deals the configured rate stays. A deal's own approved rate goes before both; so does"
            " what was learned of each deal, where that was chosen. Invalid deals are left out."
        ),
    ),
    "brier": (
        gettext_lazy("Brier score (M04)"),
        gettext_lazy(
            "The mean of (rate − outcome)² over the closed deals of all stages, a win being 1 and a loss 0: the"
            " smaller, the better. The calibrated rates are judged on the deals that taught them; “foretold” are the"
            " rates the year before taught, judged on this year's deals."
        ),
    ),
    "quota": (
        gettext_lazy("Quota from the funnel (M25)"),
        gettext_lazy(
            "What each person has open, times 25, 50 or 75 per cent by the zone of its stage: on the list of"
            " candidates, on the short list of two, decided for us. Quotas are in that proportion and together 120 per"
            " cent of the target of bookings, to the cent."
        ),
    ),
    "pace": (
        gettext_lazy("Sales progress (M14)"),
        gettext_lazy(
            "Expected: what is open and due in the quarter times its success rate, as known at the end of the week."
            " (Expected + won so far) less that of the week before, ÷ the target of the quarter. A thirteenth a week"
            " is on pace; below zero the funnel has shrunk."
        ),
    ),
    "target": (
        gettext_lazy("Target (M30)"),
        gettext_lazy(
            "What is to be booked in exactly this period by whom you look at, as it was set and agreed: it opens to"
            " the targets. Where none is kept for exactly that, there is none."
        ),
    ),
}
# These say from when on something is odd, as the organisation has set it.
BY_THRESHOLDS = frozenset({"leakage", "contacts", "anomalies"})


def explained() -> Mapping[str, tuple[str | Promise, str | Promise]]:
    """Title and text of every explanation, with the thresholds in force."""
    limits = thresholds()
    said = {
        "stuck_times": f"{limits.stuck_times.normalize():f}",
        "contact_days": limits.contact_days,
        "silent_days": 2 * limits.contact_days,
        "bare_days": limits.bare_days,
        "pushes": limits.pushes,
        "amount_change": f"{(limits.amount_change * 100).normalize():f}%",
        "off_funnel_days": limits.off_funnel_days,
        "off_funnel_amount": f.money(limits.off_funnel_amount, organisation().base_currency, full=True),
    }
    own = {name: (EXPLAINED[name][0], str(EXPLAINED[name][1]) % said) for name in BY_THRESHOLDS}
    return {**EXPLAINED, **own}
