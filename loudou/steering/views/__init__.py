"""Pages that steer the way to a target."""

from loudou.steering.views.pace import pace, ring

__all__ = ["pace", "ring"]
