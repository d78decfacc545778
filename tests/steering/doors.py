"""Doors of steering: whoever sees targets sees how they are steered."""

from __future__ import annotations

from tests.doors import Door

#          anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"

DOORS = [
    Door("steering:backward", SEEING),
    Door("steering:pace", SEEING),
    Door("steering:ring", SEEING),
]
