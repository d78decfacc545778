"""Doors of people: signing in, one's own account, the settings of the organisation."""

from __future__ import annotations

from loudou.people.models import Calendar
from tests.doors import Door
from tests.world import World

# anonymous owner colleague outsider manager director operations finance control admin security auditor
ADMIN = "302 403 403 403 403 403 403 403 403 {0} 403 403"
KEEPERS = "302 403 403 403 403 403 403 403 403 {0} {0} 403"
FINANCE = "302 403 403 403 403 403 403 {0} 403 {0} 403 403"
SET_UP_SEEN = "302 403 403 403 403 403 200 200 403 200 200 200"
ACCOUNTS_SEEN = "302 403 403 403 403 403 403 403 403 200 200 200"


def _lina(world: World) -> list[object]:
    return [world.cast.lina.pk]


def _unit(world: World) -> list[object]:
    return [world.cast.unit("D3").pk]


def _calendar(world: World) -> list[object]:
    return [Calendar.objects.get(code="CN").pk]


def _view(world: World) -> list[object]:
    from loudou.people import verbs

    view = verbs.save_view(page="pipeline:list", name="到期的", query="sort=due", by=world.cast.chenan)
    return [view.pk]


DOORS = [
    Door("people:sign_in", "200 302 302 302 302 302 302 302 302 302 302 302"),
    Door("people:code", "302"),
    Door("people:forgotten", "200 200 200 200 200 200 200 200 200 200 200 200"),
    Door("people:first_run", "302"),
    Door(
        "people:invitation",
        "404 404 404 404 404 404 404 404 404 404 404 404",
        args=lambda world: [world.cast.lina.pk, "guess"],
    ),
    Door("people:language", "302", method="POST", data=lambda world: {"language": "en"}),
    Door("people:account", "200"),
    Door("people:appearance", "302", method="POST", data=lambda world: {"theme": "dark"}),
    Door("people:change_password", "200"),
    Door("people:second_factor", "200"),
    Door("people:remove_second_factor", "302", method="POST", data=lambda world: {"current": "guess"}),
    Door("people:renew_recovery_codes", "422", method="POST"),
    Door("people:end_sessions", "302", method="POST"),
    Door(
        "people:make_token",
        "302",
        method="POST",
        data=lambda world: {"name": "x", "scopes": ["read"], "days": 1},
    ),
    Door("people:revoke_token", "302", method="POST", args=lambda world: [1]),
    Door("people:sign_out", "302", method="POST"),
    Door("people:organisation", SET_UP_SEEN),
    Door("people:units", "200"),
    Door("people:add_unit", ADMIN.format(200)),
    Door("people:unit", "200", args=_unit),
    Door("people:move_unit", ADMIN.format(200), args=_unit),
    Door("people:retire_unit", ADMIN.format(422), method="POST", args=_unit),
    Door("people:people", "200"),
    Door("people:add_person", ADMIN.format(200)),
    Door("people:person", "200", args=_lina),
    Door("people:edit_person", ADMIN.format(200), args=_lina),
    Door("people:grant_roles", KEEPERS.format(200), args=_lina),
    Door("people:join_unit", ADMIN.format(200), args=_lina),
    Door("people:deactivate", ADMIN.format(200), args=_lina),
    Door("people:deactivate", ADMIN.format(302), method="POST", args=_lina),
    Door("people:reactivate", ADMIN.format(302), method="POST", args=_lina),
    Door("people:reset_password", ADMIN.format(302), method="POST", args=_lina),
    Door("people:invite", ADMIN.format(422), method="POST", args=_lina),
    Door("people:unlock", KEEPERS.format(302), method="POST", args=_lina),
    Door("people:end_sessions_of", KEEPERS.format(302), method="POST", args=_lina),
    Door("people:remove_second_factor_of", KEEPERS.format(302), method="POST", args=_lina),
    Door("people:roles", ACCOUNTS_SEEN),
    Door(
        "people:narrow",
        "302 403 403 403 403 403 403 403 403 403 200 403",
        query="?verb_name=pipeline.see&role=manager",
    ),
    Door("people:calendars", "200"),
    Door("people:add_calendar", ADMIN.format(422), method="POST"),
    Door("people:calendar", "200", args=_calendar),
    Door("people:set_calendar_day", ADMIN.format(422), method="POST", args=_calendar),
    Door("people:rates", SET_UP_SEEN),
    Door("people:suggest", "200", query="?manager_text=lina"),
    Door("people:views", "200", query="?page=pipeline:list&query="),
    Door("people:save_view", "200", query="?page=pipeline:list&query=sort=due"),
    Door("people:edit_view", "302 200 404 404 404 404 404 404 404 404 404 404", args=_view),
    Door(
        "people:remove_view",
        "302 302 404 404 404 404 404 404 404 404 404 404",
        method="POST",
        args=_view,
    ),
]
