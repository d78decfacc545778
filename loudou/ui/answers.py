"""Files as answers."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def to_save(content: bytes, kind: str, name: str) -> HttpResponse:
    """What was made, to be saved under a name; signs in it that people typed lead no header astray."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
