"""Problems with their causes, and rules."""

from loudou.problems.models.problems import Cause, Problem
from loudou.problems.models.rules import Rule

__all__ = ["Cause", "Problem", "Rule"]
