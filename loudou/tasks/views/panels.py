"""Tasks on the pages of others: of a deal, of a customer, of one's day."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from loudou.customers.models import Customer
from loudou.kernel import clock
from loudou.people.access import company_of, fetch
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline.models import Deal
from loudou.tasks.figures import due
from loudou.tasks.models import Task
from loudou.tasks.queries import shown
from loudou.tasks.views._common import spoken
from loudou.ui import htmx


@signed_in("GET")
def of_deal(request: PersonRequest, pk: int) -> HttpResponse:
    """What is to be done about a deal, for its page."""
    deal = fetch(request.user, Deal, pk)
    context = {"deal": deal, "customer": None, "title": deal.title, "section": "pipeline"}
    return _panel(request, shown.of_deal(deal), context)


@signed_in("GET")
def of_customer(request: PersonRequest, pk: int) -> HttpResponse:
    """What is to be done about a customer, for its page."""
    customer = fetch(request.user, Customer, pk)
    context = {"deal": None, "customer": customer, "title": customer.name, "section": "customers"}
    return _panel(request, shown.of_customer(customer, request.user), context)


@signed_in("GET", to="tasks.see")
def today(request: PersonRequest) -> HttpResponse:
    """One's own tasks that are overdue or due today, for the first page."""
    now = clock.now().astimezone(company_of(request.user).zone)
    todo = shown.todo(request.user, now)
    pressing = [*todo.groups[due.OVERDUE], *todo.groups[due.TODAY]]
    context = spoken() | {"section": "home", "rows": pressing[: shown.SHOWN], "count": len(pressing)}
    context |= {"open": todo.count, "now": now, "when": due.when}
    context["open_origins"] = shown.open_origins(request.user, context["rows"])
    return htmx.page(request, "tasks/today.html", "tasks/_today.html", context)


def _panel(request: PersonRequest, rows: list[Task], context: dict[str, Any]) -> HttpResponse:
    mine = Task.objects.visible_to(request.user).filter(pk__in=[row.pk for row in rows])
    context = spoken() | context
    context |= {"rows": rows[: shown.SHOWN], "more": len(rows) > shown.SHOWN, "when": due.when}
    context |= {"open_to": set(mine.values_list("pk", flat=True))}
    context["open_origins"] = shown.open_origins(request.user, context["rows"])
    theirs = mine.visible_to(request.user, "tasks.edit")
    context |= {"to_finish": set(theirs.values_list("pk", flat=True))}
    context["now"] = clock.now().astimezone(company_of(request.user).zone)
    return htmx.page(request, "tasks/of.html", "tasks/_of.html", context)
