from loudou.targets.models.actual import TOLD, Actual
from loudou.targets.models.closing import Closing, Fact
from loudou.targets.models.negotiation import Negotiation, Round
from loudou.targets.models.season import SeasonalIndex
from loudou.targets.models.target import IN_MONEY, Cause, Edition, Metric, Target, Targets

__all__ = [
    "IN_MONEY",
    "TOLD",
    "Actual",
    "Cause",
    "Closing",
    "Edition",
    "Fact",
    "Metric",
    "Negotiation",
    "Round",
    "SeasonalIndex",
    "Target",
    "Targets",
]
