from loudou.pipeline.models.course import Course
from loudou.pipeline.models.deal import Deal, Deals, Reason
from loudou.pipeline.models.delivery import DeliveryPart
from loudou.pipeline.models.funnel import (
    EvidenceKind,
    Funnel,
    FunnelMigration,
    FunnelVersion,
    Stage,
    StageSpec,
    StageTask,
)
from loudou.pipeline.models.gate import Evidence, TaskDone
from loudou.pipeline.models.history import Move, State, Visit
from loudou.pipeline.models.kept import Disturbance, Kept
from loudou.pipeline.models.parts import Competitor, DealContact, File, Follower, Line, Note, TeamMember
from loudou.pipeline.models.stock import Stock
from loudou.pipeline.models.tally import PartTally, Tally

__all__ = [
    "Competitor",
    "Course",
    "Deal",
    "DealContact",
    "Deals",
    "DeliveryPart",
    "Disturbance",
    "Evidence",
    "EvidenceKind",
    "File",
    "Follower",
    "Funnel",
    "FunnelMigration",
    "FunnelVersion",
    "Kept",
    "Line",
    "Move",
    "Note",
    "PartTally",
    "Reason",
    "Stage",
    "StageSpec",
    "StageTask",
    "State",
    "Stock",
    "Tally",
    "TaskDone",
    "TeamMember",
    "Visit",
]
