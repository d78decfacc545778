from loudou.people.models.organisation import Calendar, CalendarDay, Organisation, Rate
from loudou.people.models.saved_view import SavedView
from loudou.people.models.session import Attempt, Session, Token
from loudou.people.models.unit import Placing, Unit
from loudou.people.models.user import FormerPassword, Membership, User

__all__ = [
    "Attempt",
    "Calendar",
    "CalendarDay",
    "FormerPassword",
    "Membership",
    "Organisation",
    "Placing",
    "Rate",
    "SavedView",
    "Session",
    "Token",
    "Unit",
    "User",
]
