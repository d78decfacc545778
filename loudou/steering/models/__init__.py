from loudou.steering.models.budget import Adjustment, Budget, BudgetLine, Category, Cost

__all__ = ["Adjustment", "Budget", "BudgetLine", "Category", "Cost"]
