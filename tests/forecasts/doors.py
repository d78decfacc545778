"""Doors of forecasts: whoever sees figures sees their part; people, managers and directors hand in their own number."""

from __future__ import annotations

from tests.doors import Door

#          anon own col out man dir ops fin con adm sec aud
SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"
# Who hands nothing in is led to the board; nobody of the admin's kind sees any of it.
SHEET = "302 200 200 200 200 200 302 302 302 403 403 302"

DOORS = [
    Door("forecasts:sheet", SHEET),
    Door("forecasts:accuracy", SEEING),
    Door("forecasts:horizons", SEEING.replace("200", "302")),
    Door(
        "forecasts:submit",
        "302 302 302 302 422 422 403 403 403 403 403 403",
        method="POST",
        data=lambda world: {"submitted": "120万"},
    ),
    Door("forecasts:behind", "302 200 200 200 200 200 403 403 403 403 403 403"),
    Door("forecasts:coverage", "302 200 200 200 200 200 403 403 403 403 403 403"),
    Door("forecasts:covers", "302 302 302 302 302 302 403 403 403 403 403 403"),
    Door("forecasts:changes", "302 200 200 200 200 200 403 403 403 403 403 403"),
    Door("forecasts:errors", "302 302 302 302 302 302 403 403 403 403 403 403"),
    Door("forecasts:judge", "302 302 302 302 200 200 403 403 403 403 403 403"),
    Door(
        "forecasts:judge",
        "302 302 302 302 422 422 403 403 403 403 403 403",
        method="POST",
        data=lambda world: {"verdict": "in"},
    ),
    Door("forecasts:chase", "302 403 403 403 302 302 403 403 403 403 403 403", method="POST"),
    Door("forecasts:lock", "302 403 403 403 403 302 302 403 403 403 403 403", method="POST"),
    Door(
        "forecasts:sheet_file",
        "302 200 200 200 200 200 403 403 403 403 403 403",
        method="POST",
        args=lambda world: ["xlsx"],
    ),
    Door(
        "forecasts:accuracy_file",
        "302 200 200 200 200 200 200 200 200 403 403 200",
        method="POST",
        args=lambda world: ["pdf"],
    ),
    Door("forecasts:terms", "302 403 403 403 403 403 200 403 403 200 403 403"),
    Door(
        "forecasts:terms",
        "302 403 403 403 403 403 422 403 403 422 403 403",
        method="POST",
        data=lambda world: {"grain": "month"},
    ),
    Door(
        "forecasts:submission",
        "302 200 404 404 200 200 200 200 200 403 403 200",
        args=lambda world: [world.submission.pk],
    ),
    Door(
        "forecasts:submission",
        "302 403 404 404 403 403 302 403 403 403 403 403",
        method="POST",
        args=lambda world: [world.submission.pk],
        data=lambda world: {"reason": "客户撤单"},
    ),
]
