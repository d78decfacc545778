"""Everything that can be done to activities."""

from loudou.fieldwork.verbs.importing import ActivityRow, import_activities, withdraw_activities
from loudou.fieldwork.verbs.keeping import annul_activity, edit_activity, log_activity

__all__ = [
    "ActivityRow",
    "annul_activity",
    "edit_activity",
    "import_activities",
    "log_activity",
    "withdraw_activities",
]
