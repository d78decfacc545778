"""What one can make."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.desk.pages._place import Place

# What is made most often comes first.
CREATABLE = (
    Place("pipeline:open", _("Deal"), "filter", "pipeline.open", about=_("something a customer may order")),
    Place(
        "customers:add",
        _("Customer"),
        "building-factory-2",
        "customers.add",
        about=_("a company or a person"),
    ),
    Place(
        "fieldwork:plan_visit",
        _("Visit"),
        "calendar-plus",
        "fieldwork.visit",
        about=_("what for, with whom, when; signed before it starts"),
    ),
    Place(
        "fieldwork:log",
        _("Activity"),
        "notebook",
        "fieldwork.log",
        about=_("a visit, a call, what came of it"),
    ),
    Place("tasks:set_task", _("To-do"), "checkbox", "tasks.set", about=_("what somebody has to do by when")),
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
    Place("exchange:imports", _("Import"), "file-import", "exchange.import", about=_("from CSV or Excel")),
    Place(
        "people:add_person", _("Person"), "user-plus", "people.manage", about=_("a colleague with an account")
    ),
    Place("people:add_unit", _("Unit"), "sitemap", "people.set_up", about=_("a department or a team")),
)
