"""Under which names a machine may be asked for, where it listens everywhere and nobody has said."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from loudou.environment import host_of

Handler = Callable[[HttpRequest], HttpResponse]


def near_only(handler: Handler) -> Handler:
    """Answer 400 to every name of the internet but the site's own: one that strangers can point at this machine would
    let their pages in."""
    own = host_of(settings.SITE_ADDRESS)

    def handle(request: HttpRequest) -> HttpResponse:
        asked = request.get_host()
        if not is_near(asked) and host_of(f"//{asked}") != own:
            raise DisallowedHost(f"Not known under the name “{asked}”: list it in LOUDOU_HOSTS.")
        return handler(request)

    return handle


def is_near(asked: str) -> bool:
    """Whether a Host is an address, a name without a dot, or one of the local network (`.local`, `.localhost`)."""
    name = host_of(f"//{asked}").strip("[]").rstrip(".")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith((".local", ".localhost"))
    return True
