"""What is measured: the pages, whom they are asked for by, and how fast the issue wants them."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = {"rep": "rep1", "manager": "manager1", "director": "director1", "gm": "gm"}
LOOKS_ONLY = "gm"  # at the figures of the whole company; moving and creating deals is for the others


@dataclass(frozen=True)
class Page:
    """A page by its name in the table; its floor is the p50 of one client, in milliseconds.

    Of one that is `unseen` nobody has asked for the same before, so that nothing was kept of it: each request is another.
    """

    name: str
    floor: float | None = None
    unseen: bool = False


PAGES = (
    Page("home", 25),
    Page("list", 20),
    Page("filtered list", 20),
    Page("deal search", 20),
    Page("search (Ctrl-K)", 20),
    Page("customer search", 20),
    Page("customer look-up", 20),
    Page("customer", 20),
    Page("detail", 20),
    Page("board", 60),
    Page("move", 25),
    Page("create", 25),
    Page("funnel", 80),
    Page("funnel flow", 50),
    Page("funnel a year ago", 60),
    Page("cohort and stage times", 150),
    Page("cohorts cumulated", 300),
    Page("bottlenecks", 150),
    Page("win rate and cycle", 150),
    Page("waterfall of a quarter", 150),
    Page("waterfall to now", 150),
    Page("unseen: as of", 60, unseen=True),
    Page("unseen: flow", 50, unseen=True),
    Page("unseen: cohort", 150, unseen=True),
    Page("unseen: waterfall", 150, unseen=True),
    Page("unseen: bottlenecks", 150, unseen=True),
    Page("unseen: F17", 300, unseen=True),
    Page("unseen: growth", 300, unseen=True),
    Page("anomalies", 150),
    Page("forecasts", 60),
    Page("forecast covers", 150),
    Page("period forecast", 300),
    Page("forecast accuracy", 100),
    Page("accuracy horizons", 100),
    Page("targets", 60),
    Page("target sheet"),
    Page("3E board", 100),
    Page("sign-off inbox", 30),
    Page("log draft", 50),
    Page("growth and linearity", 300),
    Page("F17 promotion table", 80),
    Page("F16 forecast sheet", 80),
)
MOST_QUERIES = 20
MOST_UNSEEN = 10  # requests of a page that nobody has asked for: each is counted anew, and one that is slow is very slow
MOST_MEGABYTES = 150
MOST_SPREAD = 2.0  # p95 over p50
LEAST_IMPORTED = 5000  # rows a second
