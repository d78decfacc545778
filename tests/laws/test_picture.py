"""docs/rooms.svg shows the rooms as they import each other now."""

from __future__ import annotations

from tools.picture import PICTURE, draw


def test_the_picture_of_the_rooms_is_drawn_anew() -> None:
    assert PICTURE.read_text("utf-8") == draw(), "run make picture"
