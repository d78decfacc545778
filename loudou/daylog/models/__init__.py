from loudou.daylog.models.absence import Absence
from loudou.daylog.models.checks import SpotCheck
from loudou.daylog.models.expenses import Expense
from loudou.daylog.models.items import Item, Support
from loudou.daylog.models.logs import DayLog, DeskLog, Line, Outcome, Query, hidden_from

__all__ = [
    "Absence",
    "DayLog",
    "DeskLog",
    "Expense",
    "Item",
    "Line",
    "Outcome",
    "Query",
    "SpotCheck",
    "Support",
    "hidden_from",
]
