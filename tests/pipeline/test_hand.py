"""What an act has read of a locked deal."""

from __future__ import annotations

from loudou.pipeline.models import Move
from loudou.pipeline.queries.history import facts_of
from loudou.pipeline.verbs import _hand
from tests import make
from tests.cast import Cast


def test_a_move_written_before_the_past_was_read_is_in_it_once(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    _hand.note(deal, Move.objects.get(deal=deal))
    assert _hand.past(deal) == facts_of([deal.pk])[deal.pk]
