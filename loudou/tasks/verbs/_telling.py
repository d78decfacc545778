"""Letting the rooms above follow what happens to the tasks that their things gave rise to."""

from __future__ import annotations

from collections.abc import Callable

from loudou.tasks.models import Task

after_change: list[Callable[[Task], None]] = []  # rooms say here what follows when an open task is changed


def tell_change(task: Task) -> None:
    """Let them follow an open task that has changed."""
    for follow in after_change:
        follow(task)
