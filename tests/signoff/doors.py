"""Doors of the sign-off room, and of the views that sign."""

from __future__ import annotations

from tests.doors import Door

# anonymous owner colleague outsider manager director operations finance control admin security auditor
_READERS = "302 200 404 404 200 200 200 200 404 404 404 200"

DOORS = [
    Door("signoff:inbox", "302 200 200 200 200 200 200 200 403 403 403 200"),
    Door("signoff:request", _READERS, args=lambda world: [world.request.pk]),
    Door(
        "signoff:opened", _READERS.replace("200", "204"), method="POST", args=lambda world: [world.request.pk]
    ),
    Door(
        "signoff:withdraw",
        "302 302 404 404 403 403 403 403 404 404 404 403",
        method="POST",
        args=lambda world: [world.request.pk],
    ),
    Door("signoff:delegate", "302 403 403 403 200 200 200 200 403 403 403 403"),
    Door(
        "signoff:delegate",
        "302 403 403 403 302 302 302 302 403 403 403 403",
        method="POST",
        data=lambda world: {"to": world.cast.hezong.pk, "first": "2098-01-06", "last": "2098-01-07"},
    ),
    Door(
        "signoff:end_delegation",
        "302 404 404 404 302 403 403 403 404 404 404 403",
        method="POST",
        args=lambda world: [world.delegation.pk],
    ),
    # Nothing but a record on paper is signed by its signature alone: what a deal waits for is signed at the deal.
    Door(
        "signoff:confirm",
        _READERS.replace("200", "404"),
        method="POST",
        args=lambda world: [world.request.pk],
        data=lambda world: {"opinion": "招标文件已看过，同意跳过"},
    ),
    Door(
        "signoff:refuse",
        _READERS.replace("200", "404"),
        method="POST",
        args=lambda world: [world.request.pk],
        data=lambda world: {"opinion": "招标文件已看过，同意跳过"},
    ),
    Door(
        "pipeline:confirm",
        "302 403 404 404 302 302 403 403 404 404 404 403",
        method="POST",
        args=lambda world: [world.request.pk],
        data=lambda world: {"opinion": "招标文件已看过，同意跳过"},
    ),
    Door(
        "pipeline:refuse",
        _READERS.replace("200", "422"),
        method="POST",
        args=lambda world: [world.request.pk],
    ),
]
