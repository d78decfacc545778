"""Everything that can be done to activities, visits and phone records."""

from loudou.fieldwork.verbs._calls import number_as_kept
from loudou.fieldwork.verbs._visits import lacking
from loudou.fieldwork.verbs.answering import confirm_visit, refuse_visit, review_visit
from loudou.fieldwork.verbs.calling import annul_call, print_call, take_call
from loudou.fieldwork.verbs.consenting import (
    forget_positions,
    give_consent,
    look_at_place,
    take_place,
    withdraw_consent,
)
from loudou.fieldwork.verbs.feeding import close_feed, open_feed
from loudou.fieldwork.verbs.importing import ActivityRow, import_activities, withdraw_activities
from loudou.fieldwork.verbs.importing_calls import CallRow, import_calls, withdraw_calls
from loudou.fieldwork.verbs.importing_visits import VisitRow, import_visit, withdraw_visits
from loudou.fieldwork.verbs.keeping import annul_activity, edit_activity, log_activity
from loudou.fieldwork.verbs.pacing import set_contact_rules, take_contact_plan
from loudou.fieldwork.verbs.planning import (
    cancel_visit,
    edit_visit,
    expire_visits,
    plan_visit,
    submit_visit,
)
from loudou.fieldwork.verbs.visiting import (
    Said,
    begin_emergency,
    print_visit,
    record_visit,
    start_visit,
)

__all__ = [
    "ActivityRow",
    "CallRow",
    "Said",
    "VisitRow",
    "annul_activity",
    "annul_call",
    "begin_emergency",
    "cancel_visit",
    "close_feed",
    "confirm_visit",
    "edit_activity",
    "edit_visit",
    "expire_visits",
    "forget_positions",
    "give_consent",
    "import_activities",
    "import_calls",
    "import_visit",
    "lacking",
    "log_activity",
    "look_at_place",
    "number_as_kept",
    "open_feed",
    "plan_visit",
    "print_call",
    "print_visit",
    "record_visit",
    "refuse_visit",
    "review_visit",
    "set_contact_rules",
    "start_visit",
    "submit_visit",
    "take_call",
    "take_contact_plan",
    "take_place",
    "withdraw_activities",
    "withdraw_calls",
    "withdraw_consent",
    "withdraw_visits",
]
