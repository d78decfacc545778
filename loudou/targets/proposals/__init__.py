"""Decompositions as they would be: what is asked, the parts with their proof, whose targets they are."""

from loudou.targets.proposals.proposing import Asked, Proposal, measured_against, propose, recipients
from loudou.targets.proposals.reading import (
    Weight,
    read_amount,
    read_period,
    read_step,
    read_weights,
    refuse_beyond_whole,
    refuse_per_cent,
    weights_of,
)

__all__ = [
    "Asked",
    "Proposal",
    "Weight",
    "measured_against",
    "propose",
    "read_amount",
    "read_period",
    "read_step",
    "read_weights",
    "recipients",
    "refuse_beyond_whole",
    "refuse_per_cent",
    "weights_of",
]
