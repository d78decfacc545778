"""The page of settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.desk.pages._place import Groups, Place

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
            Place(
                "people:people",
                _("Auditors"),
                "eye",
                "people.grant_roles",
                about=_("who reads the journal; nobody who administers may be one"),
                query="?role=auditor",
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
