from loudou.targets.models.actual import TOLD, Actual
from loudou.targets.models.closing import Closing, Fact
from loudou.targets.models.negotiation import Negotiation, Round
from loudou.targets.models.season import SeasonalIndex
from loudou.targets.models.selling import SellingCalendar
from loudou.targets.models.target import (
    AT_STAGE,
    COUNTED,
    IN_MONEY,
    WORDS,
    Cause,
    Edition,
    Kind,
    Metric,
    Target,
    Targets,
    how_counted,
)

__all__ = [
    "AT_STAGE",
    "COUNTED",
    "IN_MONEY",
    "TOLD",
    "WORDS",
    "Actual",
    "Cause",
    "Closing",
    "Edition",
    "Fact",
    "Kind",
    "Metric",
    "Negotiation",
    "Round",
    "SeasonalIndex",
    "SellingCalendar",
    "Target",
    "Targets",
    "how_counted",
]
