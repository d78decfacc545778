"""How a file comes in at a form and goes out at an address, whatever record it is on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse

from loudou.journal.record import acting
from loudou.remarks.models import AttachedFile
from loudou.ui import uploads

T = TypeVar("T")


def receive(upload: UploadedFile[Any], *, folder: str, then: Callable[..., T]) -> T:
    """Take a file in and let `then(name=…, kind=…, size=…, sha256=…, stored_as=…)` keep it, as one act.

    Refused, nothing is left on the disk.
    """
    received = uploads.receive(upload, folder=folder)
    try:
        with acting():
            return then(**asdict(received))
    except BaseException:
        uploads.discard(received.stored_as)
        raise


def give_out(file: AttachedFile) -> HttpResponse:
    """The file itself. Whether the person may have it, the caller has asked."""
    try:
        return uploads.answer(file.stored_as, name=file.name, kind=file.kind)  # type: ignore[return-value]
    except FileNotFoundError:
        raise Http404 from None
