"""From a deal's moves to its states and visits: the one function behind every click, import and rebuild.

Rules (`domain.md` B0.11, M02, M06): a reopening returns to the stage the deal was closed from, as a new visit; what
lies between a close and a reopening belongs to no stage; time on hold is told apart inside its visit; a stage jumped
over has no visit. History is accepted as it was: it may skip, step back, win from any stage, reopen, forget to say
that it reopened. What cannot have happened (a won deal that reopens, a closed one that rests) changes nothing and is
named in `History.ignored`, so that an import can refuse it by its line.
"""

from loudou.pipeline.figures.history._known import as_known
from loudou.pipeline.figures.history._odd import amount_jumps, off_funnel, pushes
from loudou.pipeline.figures.history._shapes import CLOSING, REOPENING, Fact, History, Stand, Stay
from loudou.pipeline.figures.history._unfolding import unfold

__all__ = [
    "CLOSING",
    "REOPENING",
    "Fact",
    "History",
    "Stand",
    "Stay",
    "amount_jumps",
    "as_known",
    "off_funnel",
    "pushes",
    "unfold",
]
