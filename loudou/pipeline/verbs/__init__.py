"""Everything that can be done to deals and funnels."""

from loudou.pipeline.verbs._gates import GateShut
from loudou.pipeline.verbs._names import Names
from loudou.pipeline.verbs._stages import EvidencePlan, StagePlan, TaskPlan, plan_of
from loudou.pipeline.verbs.closing import cancel, hold, invalidate, lose, reopen, resume, verify_close, win
from loudou.pipeline.verbs.contacting import note_contacts
from loudou.pipeline.verbs.delivering import set_deliveries
from loudou.pipeline.verbs.drafting import place_stage, remove_stage, set_stage
from loudou.pipeline.verbs.editing import Edited, edit
from loudou.pipeline.verbs.evidence import complete_task, give_evidence, withdraw_evidence
from loudou.pipeline.verbs.funnels import add_funnel, discard_draft, edit_draft, publish, set_funnel
from loudou.pipeline.verbs.handing_over import hand_over
from loudou.pipeline.verbs.joining import (
    follow,
    remove_competitor,
    set_competitor,
    set_contacts,
    set_team,
    unfollow,
)
from loudou.pipeline.verbs.lines import LineInput, set_lines
from loudou.pipeline.verbs.migrating import AT_ONCE, begin_migration, carry_on, migrate, stop_migration
from loudou.pipeline.verbs.moving import Moved, move, needs_confirmation, skip, step_back
from loudou.pipeline.verbs.opening import open_deal
from loudou.pipeline.verbs.reasons import place_reason, set_reason
from loudou.pipeline.verbs.remarks import add_file, add_note, remove_file
from loudou.pipeline.verbs.signing import confirm, refuse
from loudou.pipeline.verbs.thresholds import judge, set_thresholds
from loudou.pipeline.verbs.undoing import undo

__all__ = [
    "AT_ONCE",
    "Edited",
    "EvidencePlan",
    "GateShut",
    "LineInput",
    "Moved",
    "Names",
    "StagePlan",
    "TaskPlan",
    "add_file",
    "add_funnel",
    "add_note",
    "begin_migration",
    "cancel",
    "carry_on",
    "complete_task",
    "confirm",
    "discard_draft",
    "edit",
    "edit_draft",
    "follow",
    "give_evidence",
    "hand_over",
    "hold",
    "invalidate",
    "judge",
    "lose",
    "migrate",
    "move",
    "needs_confirmation",
    "note_contacts",
    "open_deal",
    "place_reason",
    "place_stage",
    "plan_of",
    "publish",
    "refuse",
    "remove_competitor",
    "remove_file",
    "remove_stage",
    "reopen",
    "resume",
    "set_competitor",
    "set_contacts",
    "set_deliveries",
    "set_funnel",
    "set_lines",
    "set_reason",
    "set_stage",
    "set_team",
    "set_thresholds",
    "skip",
    "step_back",
    "stop_migration",
    "undo",
    "unfollow",
    "verify_close",
    "win",
    "withdraw_evidence",
]
