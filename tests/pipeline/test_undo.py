"""Taking back a step just made, where there is no way back."""

from __future__ import annotations

import pytest

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.pipeline import verbs
from loudou.pipeline.models import Stage
from loudou.pipeline.verbs import importing
from tests import make
from tests.cast import Cast
from tests.plans import plans


def test_a_step_out_of_a_stage_that_the_funnel_no_longer_has_stays(cast: Cast) -> None:
    """Only an import tells of such a stage: the deal stood there in another system."""
    verbs.edit_draft(make.funnel(), stages=plans(make.funnel())[1:], by=None)
    verbs.publish(make.funnel(), by=None)
    deal = make.deal(cast.chenan)
    first = deal.spec
    dropped = Stage.objects.get(funnel=make.funnel(), code="verify")
    row = importing.MoveRow(deal.pk, "enter", clock.now(), stage=dropped.pk)
    assert importing.import_moves([row], by=None) == [True]
    deal.refresh_from_db()
    assert deal.spec == first
    moved = make.advance(deal, by=cast.wumin)
    with pytest.raises(Refused, match="没有这个"):
        verbs.undo(moved, by=cast.wumin)
    moved.refresh_from_db()
    assert moved.spec.position == first.position + 1
