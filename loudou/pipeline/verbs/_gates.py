"""Holding a deal at its gate, and keeping count of what it has shown."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Deal, StageSpec
from loudou.pipeline.queries.gates import Shown, counted, is_open, owed, standing
from loudou.pipeline.verbs import _hand
from loudou.ui import format as f


class GateShut(Refused):
    """The deal lacks what its stage asks for before it may leave; `missing` lists it, `to` is where it wanted to go."""

    def __init__(self, deal: Deal, to: StageSpec | None, missing: list[Shown]) -> None:
        names = f.comma().join(item.name for item in missing)
        target = str(to) if to is not None else _("won")
        super().__init__(
            _("Before {stage} this is missing: {names}.").format(stage=target, names=names),
            field="to" if to is not None else "stage",
        )
        self.deal = deal
        self.to = to
        self.missing = missing


def hold_at_gate(deal: Deal, to: StageSpec | None) -> None:
    """Raise `GateShut` unless the deal's stage has all it asks for; to win (`to` None), nothing may be owed to the gates behind."""
    if is_open(deal, _hand.given(deal), winning=to is None):
        return
    missing = list(standing(deal, deal.spec).missing)
    if to is None:
        for before in owed(deal):
            missing += before.missing
    raise GateShut(deal, to, missing)


def recount(deal: Deal) -> None:
    """Bring the deal's counts of shown and owed evidence up to date (unsaved)."""
    deal.gate_done, deal.gate_total, deal.owed_evidence = counted(deal, _hand.given(deal))


def touch_gate(deal: Deal) -> None:
    """Save that something was changed on a deal, with what its gate holds now."""
    recount(deal)
    deal.touched_at = clock.now()
    deal.version += 1
    deal.save(update_fields=["gate_done", "gate_total", "owed_evidence", "touched_at", "version"])
