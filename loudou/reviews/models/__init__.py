"""Packs of periods and meetings."""

from loudou.reviews.models.meetings import Action, Meeting
from loudou.reviews.models.packs import Pack

__all__ = ["Action", "Meeting", "Pack"]
