"""Running a job as the worker does, on the test's own connection."""

from __future__ import annotations

from typing import Any

from loudou.journal import channel


def run(job: Any, *args: Any) -> Any:
    """What the job returns; the wrapper that minds connections would close the test's."""
    with channel.through("job"):
        return job.func.__wrapped__(*args)
