"""The menu: the pages of every room, with the keys that go there."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.desk.pages._place import Groups, Place

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
            Place("daylog:spot_checks", _("Spot checks"), "search", "daylog.see_checks"),
            Place("daylog:approvals", _("How managers sign"), "writing-sign", "daylog.see_approvals"),
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
            Place("insight:win_rate", _("Win rate and cycle"), "trophy", "insight.see"),
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
            Place("problems:board", _("What recurs"), "repeat", "problems.see"),
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
