"""No text is so clever that reading it takes long: every reader of typed text is linear (IN-10)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from loudou.customers.figures.names import core_of
from loudou.customers.figures.phones import e164
from loudou.exchange.importing.mapping import slug
from loudou.exchange.importing.spec import plain
from loudou.kernel.money import parse_amount
from loudou.kernel.periods import Fiscal
from loudou.people.models import User
from loudou.ui.images import NoPicture, clean
from loudou.ui.search import matches, vector
from loudou.ui.spelling import folded, pinyin, sort_key
from loudou.ui.texts import visible
from loudou.ui.uploads import shown_name

LONG = 50_000
CLEVER = {
    "one letter": "a" * LONG + "!",
    "blanks": " " * LONG + "x",
    "brackets": "(" * LONG,
    "bracket pairs": "(a" * (LONG // 2) + ")" * 10,
    "digits": "1" * LONG + "x",
    "digits and dashes": "1-" * (LONG // 2) + "x",
    "dots": "a." * (LONG // 2) + "@",
    "marks": "\u0301" * LONG,
    "sounds": "重长行乐" * (LONG // 4),
    "turned": "\u202e" * LONG,
    "slashes": "../" * (LONG // 3),
}
READERS: dict[str, Callable[[str], object]] = {
    "core_of": core_of,
    "e164": lambda text: e164(text, "CN"),
    "slug": slug,
    "header": plain,
    "amount": parse_amount,
    "period": Fiscal().parse,
    "vector": lambda text: vector([text[:2000]], [text[:60]]),
    "matches": matches,
    "visible": visible,
    "file name": shown_name,
    "folded": folded,
    "pinyin": lambda text: pinyin(text[:2000]),
    "sort_key": sort_key,
    "e-mail": lambda text: User._meta.get_field("email").clean(text, None),
    "instant": lambda text: datetime.fromisoformat(text).astimezone(UTC),
}


@pytest.mark.parametrize("reader", READERS)
def test_reading_takes_no_longer_than_it_should(reader: str) -> None:
    """Two seconds of processor time for each of a dozen texts of 50,000 characters is forty times what it takes, and a
    small part of what a reader needs whose time grows with the square."""
    read, slow = READERS[reader], []
    for name, text in CLEVER.items():
        began = time.thread_time()
        with suppress(ValueError, ArithmeticError, ValidationError):  # refused is an answer, too
            read(text)
        if time.thread_time() - began > 2:
            slow.append(name)
    assert slow == []


PICTURES = {
    # A photo of a few megabytes has ten thousand of these in its one scan.
    "jpeg": b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x02\x00\x02\x01\x01\x11\x00\xff\xda\x00\x02"
    + b"\xff\x00" * 1_000_000,
    "gif": b"GIF89a\x01\x00\x01\x00\x00\x00\x00" + b"!\xfe\x01a\x00" * 400_000,
    "webp": b"RIFF\x00\x00\x00\x10WEBP" + b"ABCD\x00\x00\x00\x00" * 250_000,
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + b"\x00" * 2_000_000,
}


@pytest.mark.parametrize("kind", PICTURES)
def test_looking_at_a_picture_takes_as_long_as_it_is_large(kind: str) -> None:
    """Two megabytes take less than half a second of processor time."""
    began = time.thread_time()
    with suppress(NoPicture):
        clean(f"image/{kind}", PICTURES[kind])
    assert time.thread_time() - began < 5
