"""The pages of desk."""

from loudou.desk.views.audit import audit, export_journal, open_journal, verify_journal
from loudou.desk.views.home import demo_progress, home
from loudou.desk.views.menus import create, keys, more, room, settings
from loudou.desk.views.notices import mark_read, notice, notices
from loudou.desk.views.search import search

__all__ = [
    "audit",
    "create",
    "demo_progress",
    "export_journal",
    "home",
    "keys",
    "mark_read",
    "more",
    "notice",
    "notices",
    "open_journal",
    "room",
    "search",
    "settings",
    "verify_journal",
]
