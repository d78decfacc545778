"""The headers every answer carries, pages and static files alike. Imported by settings: nothing of Django here."""

from __future__ import annotations

from collections.abc import MutableMapping

# No inline script or style anywhere, nothing from another host: a law test holds the templates to it.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    "manifest-src 'self'; worker-src 'self'"
)
COMMON = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(self), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


def static_headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """Set them on a static file, which never reaches the middleware."""
    for name, value in COMMON.items():
        headers[name] = value
