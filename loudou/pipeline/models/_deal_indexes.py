"""Every index of deals, by what is read through it: lists in their orders, boards, figures."""

from __future__ import annotations

from django.db.models import F, Index, Q

from loudou.ui.search import marks_of, search_index

_ON_BOARD = (
    *("expected_on", "next_on", "pushes", "probability"),
    *("stage_since", "stage_warn_at", "stage_limit_at"),
)
_JUDGED = (
    *("next_step", "gate_done", "gate_total", "last_contact_at", "created_at"),
    *("backs", "skips", "amount_jumps", "owed_evidence"),
)
_ODD = ("pushes", "backs", "skips", "amount_jumps", "owed_evidence", "off_funnel")

DEAL_INDEXES: list[Index] = [
    search_index("deal_search", marks_of("owner", "unit")),
    Index(fields=["predecessor"], condition=~Q(predecessor=None), name="deal_predecessor"),
    Index(fields=["-touched_at", "-id"], include=["unit", "owner", "outcome"], name="deal_touched"),
    # Somebody's own, or own and a few by key: the live ones of them without looking at those that are over.
    Index(fields=["owner", "outcome", "-touched_at", "-id"], name="deal_owner"),
    Index(fields=["unit", "-touched_at", "-id"], name="deal_unit"),
    Index(fields=["customer", "-touched_at"], name="deal_customer"),
    # Boards: a column a stage, largest first, for all, a unit, a person; what filters and coloured chips ask
    # for is in the index itself.
    Index(
        fields=["spec", "-base_amount", "-id"],
        include=["unit", "owner", *_ON_BOARD],
        condition=Q(outcome="open"),
        name="deal_board",
    ),
    Index(
        fields=["unit", "spec", "-base_amount", "-id"],
        include=["owner", *_ON_BOARD],
        condition=Q(outcome="open"),
        name="deal_board_unit",
    ),
    Index(
        fields=["owner", "spec", "-base_amount", "-id"],
        include=[*_ON_BOARD],
        condition=Q(outcome="open"),
        name="deal_board_owner",
    ),
    # The list: what it is filtered by and adds up, of live deals; with all that says what is odd about them (M16). Then
    # its orders.
    Index(
        fields=["unit", "-touched_at", "-id"],
        include=["owner", "outcome", "spec", "base_amount", "category", "source", *_ON_BOARD, *_JUDGED],
        condition=Q(outcome__in=("open", "on_hold")),
        name="deal_live",
    ),
    Index(
        fields=["-base_amount", "-id"],
        include=["unit", "owner", "outcome", "expected_on", "next_on", "stage_limit_at"],
        condition=Q(outcome__in=("open", "on_hold")),
        name="deal_largest",
    ),
    Index(
        fields=["-touched_at", "-id"],
        include=["unit", "owner", "outcome", *_ODD],
        condition=Q(pushes__gte=2)
        | Q(backs__gt=0)
        | Q(skips__gt=0)
        | Q(amount_jumps__gt=0)
        | Q(owed_evidence__gt=0)
        | Q(off_funnel=True),
        name="deal_odd",
    ),
    # The few that came past the funnel, for the accuracy board.
    Index(fields=["id"], condition=Q(off_funnel=True), name="deal_off_funnel"),
    Index(
        fields=["expected_on", "id"],
        include=["unit", "owner"],
        condition=Q(outcome__in=("open", "on_hold")),
        name="deal_expected",
    ),
    Index(
        fields=["next_on", "id"],
        include=["unit", "owner"],
        condition=Q(outcome__in=("open", "on_hold")),
        name="deal_next",
    ),
    # With all that the map of what stands still asks.
    Index(
        fields=["stage_since", "id"],
        include=["unit", "owner", "funnel", "spec", "outcome", "base_amount", "stage_limit_at"],
        condition=Q(outcome__in=("open", "on_hold")),
        name="deal_age",
    ),
    # With all that the win rate asks of a deal: from its first day on, how it was closed, and to whom it was lost.
    Index(
        F("created_at").desc(nulls_last=True),
        F("id").desc(),
        include=["unit", "owner", "outcome", "closed_at", "reopen_count", "lost_to"],
        name="deal_created",
    ),
    Index(
        F("closed_at").desc(nulls_last=True),
        F("id").desc(),
        include=["unit", "owner", "outcome"],
        condition=~Q(closed_at=None),
        name="deal_closed_last",
    ),
    Index(
        fields=["closed_at", "outcome"],
        include=["unit", "owner", "base_amount"],
        condition=~Q(closed_at=None),
        name="deal_closed",
    ),
    # Figures: the forecast sheet's sums, and the promotion table unit by unit, person by person.
    Index(
        fields=["spec", "expected_on"],
        include=["outcome", "base_amount", "probability", "unit", "owner", "funnel"],
        condition=Q(outcome__in=("open", "on_hold")),
        name="deal_sheet",
    ),
    Index(fields=["unit", "owner", "-id"], include=["closed_at", "outcome", "funnel"], name="deal_table"),
    Index(
        fields=["-touched_at", "-id"],
        include=["unit", "owner", "spec", "base_amount", "probability"],
        condition=Q(outcome="open") & (Q(next_on=None) | Q(next_step="")),
        name="deal_idle",
    ),
    # Silent leaks (M12): open deals whose last contact was long ago, with all that is added up of them.
    Index(
        fields=["last_contact_at"],
        include=["id", "unit", "owner", "spec", "base_amount"],
        condition=Q(outcome="open") & ~Q(last_contact_at=None),
        name="deal_unheard",
    ),
    # Those of them whose dates are not known (C21): they are left out, and in most houses there is none.
    Index(fields=["id"], condition=Q(outcome="open", legacy=True), name="deal_undated"),
    # The few of which it is known who won them instead.
    Index(fields=["id"], condition=~Q(lost_to=""), name="deal_rival"),
    Index(fields=["wake_on"], condition=Q(outcome="on_hold"), name="deal_waking"),
    Index(fields=["reason"], condition=~Q(reason=None), name="deal_reason"),
]
