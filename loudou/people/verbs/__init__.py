"""Everything that can be done to the organisation and its people."""

from loudou.people.verbs.accounts import (
    add_person,
    change_password,
    deactivate,
    edit_person,
    grant_roles,
    join_unit,
    reactivate,
    remove_second_factor,
    set_password,
    set_preferences,
    set_up_second_factor,
    unlock,
)
from loudou.people.verbs.organisation import narrow, set_calendar_day, set_organisation, set_rate
from loudou.people.verbs.signing_in import Outcome, check_code, confirm, end_sessions, sign_in, sign_out
from loudou.people.verbs.tokens import make_token, revoke_token
from loudou.people.verbs.units import add_unit, edit_unit, move_unit, retire_unit

__all__ = [
    "Outcome",
    "add_person",
    "add_unit",
    "change_password",
    "check_code",
    "confirm",
    "deactivate",
    "edit_person",
    "edit_unit",
    "end_sessions",
    "grant_roles",
    "join_unit",
    "make_token",
    "move_unit",
    "narrow",
    "reactivate",
    "remove_second_factor",
    "retire_unit",
    "revoke_token",
    "set_calendar_day",
    "set_organisation",
    "set_password",
    "set_preferences",
    "set_rate",
    "set_up_second_factor",
    "sign_in",
    "sign_out",
    "unlock",
]
