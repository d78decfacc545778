"""Places one can go to and things one can make: for the search dialog, the key list, the phone's menu, settings."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loudou.people.access import may
from loudou.people.models import User
from loudou.ui.jinja import url
from loudou.ui.words import folded, pinyin

Text = str | Promise


@dataclass(frozen=True)
class Place:
    """A page: its URL name, its name, its icon, the right it needs, the keys that go there, a line about it."""

    url: str
    name: Text
    icon: str
    needs: str = ""
    keys: str = ""
    about: Text = ""
    query: str = ""

    @property
    def address(self) -> str:
        """Its path."""
        return url(self.url) + self.query

    def open_to(self, user: User) -> bool:
        """Whether the person may go there; several rights are separated by blanks, one is enough."""
        return not self.needs or any(may(user, right) for right in self.needs.split())


Groups = tuple[tuple[Text, tuple[Place, ...]], ...]

MENU: Groups = (
    (
        _("Home"),
        (
            Place("desk:home", _("Home"), "home", keys="g h"),
            Place("tasks:mine", _("My tasks"), "checkbox", "tasks.edit", "g 1"),
            Place("tasks:list", _("All tasks"), "list-check", "tasks.see"),
            Place("fieldwork:agenda", _("Agenda"), "calendar-event", "fieldwork.see", "g ,"),
            Place("signoff:inbox", _("Sign-off"), "writing-sign", "signoff.sign", "g s"),
            Place("desk:notices", _("Notifications"), "bell", keys="g n"),
        ),
    ),
    (
        _("Deals"),
        (
            Place("pipeline:board", _("Board"), "layout-kanban", "pipeline.see", "g b"),
            Place("pipeline:list", _("Deals"), "filter", "pipeline.see", "g d"),
            Place("insight:anomalies", _("Anomalies"), "alert-triangle", "insight.see", "g y"),
            Place("warnings:list", _("Early warnings"), "bell", "warnings.see", "g w"),
            Place("warnings:prevention", _("Prevention"), "shield-check", "warnings.see"),
        ),
    ),
    (
        _("Customers"),
        (
            Place("customers:list", _("Customers"), "building-factory-2", "customers.see", "g c"),
            Place("fieldwork:contact_plan", _("Contact plan"), "phone", "fieldwork.see"),
            Place("market:picture", _("Market picture"), "chart-dots", "market.see"),
            Place("market:walks", _("Market walks"), "route", "market.see"),
            Place("catalog:list", _("Products"), "package", "catalog.see", "g r"),
        ),
    ),
    (
        _("Targets"),
        (
            Place("insight:target_progress", _("Targets"), "target", "targets.see", "g z"),
            Place("forecasts:sheet", _("Submit forecast"), "send", "forecasts.submit", "g u"),
            Place("forecasts:accuracy", _("Forecast accuracy"), "target-arrow", "forecasts.see", "g q"),
            Place("steering:ranking", _("Leaderboard"), "trophy", "targets.see"),
            Place("steering:budgets", _("Budgets"), "report-money", "steering.budget_see"),
        ),
    ),
    (
        _("Activities"),
        (
            Place("fieldwork:list", _("Activities"), "notebook", "fieldwork.see", "g a"),
            Place("fieldwork:visits", _("Visits"), "map-pin", "fieldwork.see", "g v"),
            Place("fieldwork:calls", _("Phone records"), "phone", "fieldwork.see_calls"),
            Place("daylog:write", _("My day log"), "pencil", "daylog.write", "g ;"),
            Place("daylog:board", _("3E board"), "layout-kanban", "daylog.see", "g x"),
            Place("daylog:desk", _("Control desk"), "phone", "daylog.desk", "g ."),
        ),
    ),
    (
        _("Analysis"),
        (
            Place("insight:funnel", _("Funnel analysis"), "chart-funnel", "insight.see", "g f"),
            Place("insight:promotion_table", _("Promotion table"), "table", "insight.see", "g p"),
            Place("insight:contact_table", _("Contact table"), "phone", "insight.see", "g l"),
            Place(
                "insight:forecast_sheet", _("Sales forecast sheet"), "report-analytics", "insight.see", "g o"
            ),
            Place("insight:coverage", _("Coverage"), "chart-histogram", "insight.see"),
            Place("insight:waterfall", _("Waterfall"), "chart-bar", "insight.see"),
            Place("reviews:packs", _("Reports of periods"), "report", "reviews.see"),
            Place("reviews:meetings", _("Meetings"), "users", "reviews.see"),
        ),
    ),
    (
        _("Problems"),
        (
            Place("problems:list", _("Problems"), "flag", "problems.see"),
            Place("problems:rules", _("Rules"), "gavel", "problems.see_rules"),
        ),
    ),
    (
        _("Forms"),
        (
            Place("forms:list", _("Forms"), "clipboard-list", "forms.see"),
            Place("forms:worth", _("Load and worth of forms"), "scale", "forms.see_records"),
        ),
    ),
    (
        _("Settings"),
        (
            Place("exchange:imports", _("Imports"), "file-import", "exchange.import", "g i"),
            Place("exchange:exports", _("Exports"), "file-export", "exchange.export", "g e"),
            Place("people:people", _("People"), "users", "people.see", "g k"),
            Place("people:account", _("My account"), "user-circle", keys="g m"),
            Place("desk:settings", _("Settings"), "settings", keys="g t"),
            Place("desk:audit", _("Journal"), "history", "journal.audit", "g j"),
        ),
    ),
)
PLACES = tuple(place for _name, places in MENU for place in places)

CREATABLE = (
    Place(
        "fieldwork:plan_visit",
        _("Visit"),
        "calendar-plus",
        "fieldwork.visit",
        about=_("what for, with whom, when; signed before it starts"),
    ),
    Place("tasks:set_task", _("To-do"), "checkbox", "tasks.set", about=_("what somebody has to do by when")),
    Place(
        "fieldwork:log",
        _("Activity"),
        "notebook",
        "fieldwork.log",
        about=_("a visit, a call, what came of it"),
    ),
    Place(
        "fieldwork:take_call",
        _("Phone record"),
        "phone",
        "fieldwork.take_call",
        about=_("who rang, what about, who calls back"),
    ),
    Place(
        "daylog:write",
        _("Day log"),
        "notebook",
        "daylog.write",
        about=_("drafted from the day's records"),
    ),
    Place(
        "reviews:open",
        _("Report of a period"),
        "report",
        "reviews.write",
        about=_("put together from the records; causes and the plan are yours"),
    ),
    Place(
        "reviews:plan_meeting",
        _("Meeting"),
        "users",
        "reviews.meet",
        about=_("its agenda comes from the records, its actions become tasks"),
    ),
    Place(
        "market:record",
        _("Market walk"),
        "route",
        "market.walk",
        about=_("a day in the field, whom one met, what they said"),
    ),
    Place(
        "problems:register",
        _("Problem"),
        "flag",
        "problems.register",
        about=_("what went wrong, so that it does not come again"),
    ),
    Place(
        "forms:list",
        _("Filled-in form"),
        "clipboard-text",
        "forms.fill",
        about=_("screening, follow-up, registration and what your house asks"),
    ),
    Place("pipeline:open", _("Deal"), "filter", "pipeline.open", about=_("something a customer may order")),
    Place(
        "customers:add",
        _("Customer"),
        "building-factory-2",
        "customers.add",
        about=_("a company or a person"),
    ),
    Place("exchange:imports", _("Import"), "file-import", "exchange.import", about=_("from CSV or Excel")),
    Place(
        "people:add_person", _("Person"), "user-plus", "people.manage", about=_("a colleague with an account")
    ),
    Place("people:add_unit", _("Unit"), "sitemap", "people.set_up", about=_("a department or a team")),
)

SETTINGS: Groups = (
    (
        _("The organisation"),
        (
            Place(
                "people:organisation",
                _("Organisation"),
                "building",
                "people.see_set_up",
                about=_("name, currency, fiscal year, time zone, limits"),
            ),
            Place(
                "people:units",
                _("Units"),
                "sitemap",
                "people.see_contact",
                about=_("departments and teams as a tree"),
            ),
            Place(
                "people:people", _("People"), "users", "people.see", about=_("colleagues, accounts, roles")
            ),
            Place(
                "people:roles",
                _("Rights of roles"),
                "shield-check",
                "people.see_accounts",
                about=_("who may do what, and how far"),
            ),
            Place(
                "people:calendars",
                _("Calendars"),
                "calendar",
                about=_("working days, holidays, make-up days"),
            ),
            Place(
                "people:rates",
                _("Currencies and rates"),
                "coin",
                "people.see_set_up",
                about=_("plan and spot rates by day"),
            ),
        ),
    ),
    (
        _("Selling"),
        (
            Place(
                "pipeline:funnels",
                _("Funnels"),
                "filter",
                "pipeline.set_up",
                about=_("stages, gates, evidence, limits"),
            ),
            Place(
                "pipeline:thresholds",
                _("What is odd about a deal"),
                "alert-triangle",
                "pipeline.set_up",
                about=_("from when on flags and warnings speak up"),
            ),
            Place(
                "forecasts:terms",
                _("Rules of the forecast"),
                "target-arrow",
                "forecasts.set_up",
                about=_("how far forecasts may be off, when they are due"),
            ),
            Place(
                "broadcasts:screens",
                _("Screens on the wall"),
                "device-tv",
                "broadcasts.show",
                about=_("boards in large type, by a link of their own"),
            ),
            Place(
                "fieldwork:cadence",
                _("How often customers are contacted"),
                "phone",
                "fieldwork.set_up",
                about=_("days between contacts by grade and stage"),
            ),
            Place(
                "pipeline:reasons",
                _("Reasons"),
                "tag",
                "pipeline.set_up",
                about=_("why deals are lost, cancelled, invalid"),
            ),
            Place(
                "catalog:list",
                _("Products"),
                "package",
                "catalog.see",
                about=_("what we sell, at which price"),
            ),
            Place(
                "forms:list",
                _("Forms"),
                "clipboard-list",
                "forms.propose",
                about=_("what people fill in, why, and what it is worth"),
            ),
        ),
    ),
    (
        _("Data and history"),
        (
            Place(
                "exchange:imports",
                _("Imports"),
                "file-import",
                "exchange.import",
                about=_("bring data in, and take it back"),
            ),
            Place(
                "exchange:exports",
                _("Exports"),
                "file-export",
                "exchange.export",
                about=_("take out what one may see"),
            ),
            Place(
                "desk:audit",
                _("Journal"),
                "history",
                "journal.audit",
                about=_("everything that happened, unalterable"),
            ),
        ),
    ),
    (
        _("Myself"),
        (
            Place(
                "people:account",
                _("My account"),
                "user-circle",
                about=_("language, password, second factor, sessions, tokens"),
            ),
            Place("desk:notices", _("Notifications"), "bell", about=_("what others did that concerns me")),
            Place(
                "broadcasts:subscriptions",
                _("Mailed reports"),
                "mail",
                about=_("which reports I am mailed, and when"),
            ),
        ),
    ),
)


# Addresses that pages stand below, but none of their own.
ROOMS = {
    "targets": ("insight:target_progress",),
    "analysis": ("insight:funnel",),
    "field": ("daylog:write", "daylog:board", "daylog:desk"),
    "people": ("people:people", "people:account"),
    "contacts": ("customers:list",),
}


def places(user: User) -> list[Place]:
    """Where the person may go."""
    return [place for place in PLACES if place.open_to(user)]


def creatable(user: User) -> list[Place]:
    """What the person may make."""
    return [place for place in CREATABLE if place.open_to(user)]


def menu(user: User) -> list[tuple[Text, list[Place]]]:
    """Where the person may go, in groups."""
    return _open_to(user, MENU)


def first_of(user: User, room: str) -> str:
    """Where somebody lands who types the bare address of a room: its first page that is open to them, else the menu."""
    there = {place.url: place for place in places(user)}
    found = next((there[name] for name in ROOMS[room] if name in there), None)
    return found.address if found is not None else url("desk:more")


def settings(user: User) -> list[tuple[Text, list[Place]]]:
    """The settings the person may open, in groups."""
    return _open_to(user, SETTINGS)


def _open_to(user: User, groups: Groups) -> list[tuple[Text, list[Place]]]:
    found = [(name, [place for place in places if place.open_to(user)]) for name, places in groups]
    return [(name, places) for name, places in found if places]


def named(user: User, text: str) -> list[Place]:
    """Places and makings whose name has the text, in characters or pinyin."""
    wanted = folded(text)
    if not wanted:
        return []
    every = [*places(user), *creatable(user)]
    return [
        place for place in every if wanted in folded(str(place.name)) or wanted in pinyin(str(place.name))
    ]
