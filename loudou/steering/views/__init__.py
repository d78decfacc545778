"""Pages that steer the way to a target."""

from loudou.steering.views.backward import backward
from loudou.steering.views.pace import pace, ring

__all__ = ["backward", "pace", "ring"]
