"""Doors of people: signing in, one's own account."""

from __future__ import annotations

from tests.doors import Door

DOORS = [
    Door("people:sign_in", "200 302 302 302 302 302 302 302 302 302 302 302"),
    Door("people:code", "302"),
    Door("people:first_run", "302"),
    Door("people:language", "302", method="POST", data=lambda world: {"language": "en"}),
    Door("people:account", "200"),
    Door("people:change_password", "200"),
    Door("people:second_factor", "200"),
    Door("people:end_sessions", "302", method="POST"),
    Door(
        "people:make_token",
        "302",
        method="POST",
        data=lambda world: {"name": "x", "scopes": ["read"], "days": 1},
    ),
    Door("people:revoke_token", "302", method="POST", args=lambda world: [1]),
    Door("people:sign_out", "302", method="POST"),
]
