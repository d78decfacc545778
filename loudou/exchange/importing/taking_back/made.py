"""How what an import made is taken back, kind by kind, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from django.db import models
from django.utils.translation import gettext as _

from loudou.catalog import verbs as catalog
from loudou.catalog.models import Product
from loudou.customers import verbs as customers
from loudou.customers.models import Contact, Customer
from loudou.daylog import verbs as daylog
from loudou.daylog.models import Absence, DayLog, DeskLog, Expense, Item, SpotCheck, Support
from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.models import Activity, ContactRule, PhoneCall, VisitPlan
from loudou.forecasts import verbs as forecasts
from loudou.forecasts.models import Judgement, Submission
from loudou.forms import verbs as forms
from loudou.forms.models import FormRecord
from loudou.kernel.refusals import Refused
from loudou.market import verbs as market
from loudou.market.models import Walk
from loudou.people import verbs as people
from loudou.people.models import Unit, User
from loudou.pipeline.models import Deal
from loudou.pipeline.verbs.importing import withdraw_deals
from loudou.problems import verbs as problems
from loudou.problems.models import Problem, Rule
from loudou.signoff import verbs as signoff
from loudou.signoff.models import Request
from loudou.steering import verbs as steering
from loudou.steering.models import BudgetLine, Cost, Measure, Note
from loudou.targets import verbs as targets
from loudou.targets.models import Actual, Closing, Negotiation, SeasonalIndex, SellingCalendar, Target
from loudou.tasks import verbs as tasks
from loudou.tasks.models import Task
from loudou.warnings import verbs as warnings
from loudou.warnings.models import EarlyWarning


def _close_accounts(keys: Sequence[int], by: User | None) -> None:
    for user in User.objects.filter(pk__in=keys):
        if Customer.objects.filter(owner=user).exists() or Deal.objects.filter(owner=user).exists():
            raise Refused(_("Customers or deals belong to this person."))
        people.deactivate(user, by=by)


def _withdraw_days(model: type[models.Model], keys: Sequence[int], by: User | None) -> None:
    daylog.withdraw_days(model, keys, by=by)


def _close_units(keys: Sequence[int], by: User | None) -> None:
    for unit in Unit.objects.filter(pk__in=keys).order_by("-path"):
        people.retire_unit(unit, by=by)


def _drop_rules(keys: Sequence[int], by: User | None) -> None:
    rules = ContactRule.objects.filter(pk__in=keys)
    fieldwork.set_contact_rules({(rule.grade, rule.stage_id): None for rule in rules}, by=by)


MADE: dict[str, tuple[type[models.Model], Callable[[Sequence[int], User | None], object]]] = {
    "customers.customer": (Customer, lambda keys, by: customers.withdraw_customers(keys, by=by)),
    "customers.contact": (Contact, lambda keys, by: customers.withdraw_contacts(keys, by=by)),
    "catalog.product": (Product, lambda keys, by: catalog.withdraw_products(keys, by=by)),
    "pipeline.deal": (Deal, lambda keys, by: withdraw_deals(keys, by=by)),
    "tasks.task": (Task, lambda keys, by: tasks.withdraw_tasks(keys, by=by)),
    "fieldwork.contactrule": (ContactRule, _drop_rules),
    "fieldwork.visitplan": (VisitPlan, lambda keys, by: fieldwork.withdraw_visits(keys, by=by)),
    "fieldwork.phonecall": (PhoneCall, lambda keys, by: fieldwork.withdraw_calls(keys, by=by)),
    "fieldwork.activity": (Activity, lambda keys, by: fieldwork.withdraw_activities(keys, by=by)),
    **{
        model._meta.label_lower: (model, partial(_withdraw_days, model))
        for model in (DayLog, DeskLog, Expense, Item, Support, SpotCheck, Absence)
    },
    "forms.formrecord": (FormRecord, lambda keys, by: forms.withdraw_records(keys, by=by)),
    "signoff.request": (Request, lambda keys, by: signoff.withdraw_signatures(keys, by=by)),
    "problems.problem": (Problem, lambda keys, by: problems.withdraw_problems(keys, by=by)),
    "market.walk": (Walk, lambda keys, by: market.withdraw_walks(keys, by=by)),
    "problems.rule": (Rule, lambda keys, by: problems.withdraw_rules(keys, by=by)),
    "people.user": (User, _close_accounts),
    "people.unit": (Unit, _close_units),
    "forecasts.submission": (Submission, lambda keys, by: forecasts.withdraw_submissions(keys, by=by)),
    "forecasts.judgement": (Judgement, lambda keys, by: forecasts.withdraw_judgements(keys, by=by)),
    "warnings.earlywarning": (EarlyWarning, lambda keys, by: warnings.withdraw_warnings(keys, by=by)),
    "targets.closing": (Closing, lambda keys, by: targets.withdraw_closings(keys, by=by)),
    "targets.target": (Target, lambda keys, by: targets.withdraw_targets(keys, by=by)),
    "steering.budgetline": (BudgetLine, lambda keys, by: steering.withdraw_lines(keys, by=by)),
    "steering.cost": (Cost, lambda keys, by: steering.withdraw_costs(keys, by=by)),
    "targets.actual": (Actual, lambda keys, by: targets.withdraw_actuals(keys, by=by)),
    "targets.seasonalindex": (SeasonalIndex, lambda keys, by: targets.withdraw_seasons(keys, by=by)),
    "targets.sellingcalendar": (
        SellingCalendar,
        lambda keys, by: targets.withdraw_selling_days(keys, by=by),
    ),
    "targets.negotiation": (Negotiation, lambda keys, by: targets.withdraw_negotiations(keys, by=by)),
    "steering.measure": (Measure, lambda keys, by: steering.withdraw_measures(keys, by=by)),
    "steering.note": (Note, lambda keys, by: steering.withdraw_notes(keys, by=by)),
}

# What hangs on others goes before them.
ORDER = [
    "targets.closing",
    "warnings.earlywarning",
    "forecasts.judgement",
    "market.walk",
    "problems.problem",
    "problems.rule",
    "signoff.request",
    "forms.formrecord",
    "daylog.spotcheck",
    "daylog.item",
    "daylog.expense",
    "daylog.support",
    "daylog.desklog",
    "daylog.daylog",
    "daylog.absence",
    "fieldwork.contactrule",
    "fieldwork.phonecall",
    "fieldwork.visitplan",
    "tasks.task",
    "fieldwork.activity",
    "forecasts.submission",
    "steering.cost",
    "steering.budgetline",
    "steering.measure",
    "steering.note",
    "targets.negotiation",
    "targets.actual",
    "targets.target",
    "targets.seasonalindex",
    "targets.sellingcalendar",
    "customers.contact",
    "pipeline.deal",
    "customers.customer",
    "catalog.product",
    "people.user",
    "people.unit",
    "people.rate",
]
