from loudou.steering.models.budget import Adjustment, Budget, BudgetLine, Category, Cost
from loudou.steering.models.following import Ask, Measure, Note
from loudou.steering.models.ranking import Leaderboard

__all__ = ["Adjustment", "Ask", "Budget", "BudgetLine", "Category", "Cost", "Leaderboard", "Measure", "Note"]
