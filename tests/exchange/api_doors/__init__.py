"""Who may do what through the API: a table a room, gathered in `ROWS`."""

from tests.exchange.api_doors import (
    deals,
    exchange,
    expecting,
    fieldwork,
    forms,
    people,
    reviewing,
    selling,
    targets,
    tasks,
)
from tests.exchange.api_doors.row import Row

ROWS: dict[str, Row] = {
    **people.ROWS,
    **selling.ROWS,
    **deals.ROWS,
    **fieldwork.ROWS,
    **forms.ROWS,
    **tasks.ROWS,
    **targets.ROWS,
    **exchange.ROWS,
    **expecting.ROWS,
    **reviewing.ROWS,
}
