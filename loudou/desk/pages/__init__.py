"""Places one can go to and things one can make: for the search dialog, the key list, the phone's menu, settings."""

from __future__ import annotations

from loudou.desk.pages._creatable import CREATABLE
from loudou.desk.pages._menu import MENU
from loudou.desk.pages._place import Groups, Place, Text
from loudou.desk.pages._settings import SETTINGS
from loudou.people.models import User
from loudou.ui.jinja import url
from loudou.ui.spelling import folded, pinyin

PLACES = tuple(place for _name, places in MENU for place in places)

# Addresses that pages stand below, but none of their own.
ROOMS = {
    "targets": ("insight:target_progress",),
    "analysis": ("insight:funnel",),
    "field": ("daylog:write", "daylog:board", "daylog:desk"),
    "people": ("people:people", "people:account"),
    "contacts": ("customers:list",),
}


def places(user: User) -> list[Place]:
    """Where the person may go."""
    return [place for place in PLACES if place.open_to(user)]


def creatable(user: User) -> list[Place]:
    """What the person may make."""
    return [place for place in CREATABLE if place.open_to(user)]


def menu(user: User) -> list[tuple[Text, list[Place]]]:
    """Where the person may go, in groups."""
    return _open_to(user, MENU)


def first_of(user: User, room: str) -> str:
    """Where somebody lands who types the bare address of a room: its first page that is open to them, else the menu."""
    there = {place.url: place for place in places(user)}
    found = next((there[name] for name in ROOMS[room] if name in there), None)
    return found.address if found is not None else url("desk:more")


def settings(user: User) -> list[tuple[Text, list[Place]]]:
    """The settings the person may open, in groups."""
    return _open_to(user, SETTINGS)


def _open_to(user: User, groups: Groups) -> list[tuple[Text, list[Place]]]:
    found = [(name, [place for place in places if place.open_to(user)]) for name, places in groups]
    return [(name, places) for name, places in found if places]


def named(user: User, text: str) -> list[Place]:
    """Places and makings whose name has the text, in characters or pinyin."""
    wanted = folded(text)
    if not wanted:
        return []
    every = [*places(user), *creatable(user)]
    return [
        place for place in every if wanted in folded(str(place.name)) or wanted in pinyin(str(place.name))
    ]
