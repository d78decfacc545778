"""Files that come along with what is written: in the JSON itself, as base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Annotated

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _
from pydantic import Field

from loudou.exchange.api.shapes import In
from loudou.kernel.refusals import Refused
from loudou.ui.uploads import LONGEST_NAME, Received, Tray


class Attachment(In):
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    content: Annotated[str, Field(min_length=1, description="The file in base64; a body has at most 5 MB.")]


def take(sent: Iterable[Attachment], tray: Tray, *, field: str) -> list[Received]:
    """The files, checked as those of a page are; refused beside `field`."""
    return [tray.take(SimpleUploadedFile(one.name, _bytes(one, field)), field=field) for one in sent]


def _bytes(one: Attachment, field: str) -> bytes:
    try:
        return base64.b64decode(one.content, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(_("This is not base64."), field=field) from None
