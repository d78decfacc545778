"""Everything that can be done to tasks."""

from loudou.tasks.verbs._telling import after_change
from loudou.tasks.verbs.ending import after_end, drop_task, finish_task, finish_tasks, reopen_task
from loudou.tasks.verbs.importing import TaskRow, import_tasks, take_for, withdraw_tasks
from loudou.tasks.verbs.setting import (
    edit_task,
    hand_over_task,
    postpone_tasks,
    set_task,
)

__all__ = [
    "TaskRow",
    "after_change",
    "after_end",
    "drop_task",
    "edit_task",
    "finish_task",
    "finish_tasks",
    "hand_over_task",
    "import_tasks",
    "postpone_tasks",
    "reopen_task",
    "set_task",
    "take_for",
    "withdraw_tasks",
]
