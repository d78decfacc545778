"""The API: all its operations, by noun."""

from __future__ import annotations

from ninja import NinjaAPI
from ninja.operation import Operation

from loudou.exchange.api import (
    absences,
    activities,
    audit,
    calls,
    contacting,
    customers,
    day_items,
    day_logs,
    day_queries,
    deals,
    desk_logs,
    forecasts,
    forms,
    funnels,
    imports,
    people,
    problem_register,
    products,
    reports,
    reviews,
    signatures,
    spot_checks,
    support,
    targets,
    tasks,
    thresholds,
    tokens,
    visits,
    walks,
    warnings,
)
from loudou.exchange.api.problems import ExactRenderer, teach
from loudou.exchange.api.reading import StrictParser


class Operations(NinjaAPI):
    """The API. Its operations are known by what they do, wherever they stand in the code."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Its name, which no other operation has."""
        return operation.view_func.__name__


api = Operations(
    version="1",
    urls_namespace="api-v1",
    parser=StrictParser(),
    renderer=ExactRenderer(),
    openapi_url=None,
)
teach(api)
NOUNS = (
    *(
        people,
        products,
        customers,
        funnels,
        thresholds,
        deals,
        tasks,
        activities,
        calls,
        contacting,
        visits,
        day_logs,
        day_queries,
        day_items,
        absences,
        desk_logs,
        spot_checks,
        support,
        forms,
    ),
    *(
        targets,
        forecasts,
        signatures,
        warnings,
        problem_register,
        walks,
        reviews,
        reports,
        imports,
        tokens,
        audit,
    ),
)
for noun in NOUNS:
    api.add_router("", noun.router)
