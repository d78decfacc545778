"""What happens in the demo company beside its deals: problems, walks, meetings, packs, notes, phone records, deliveries."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime

from loudou.demo.happenings.calls import happenings as of_calls
from loudou.demo.happenings.chains import happenings as of_chains
from loudou.demo.happenings.customers import happenings as of_customers
from loudou.demo.happenings.deciding import happenings as of_deciding
from loudou.demo.happenings.deliveries import happenings as of_deliveries
from loudou.demo.happenings.judging import happenings as of_judging
from loudou.demo.happenings.meetings import happenings as of_meetings
from loudou.demo.happenings.outlook import happenings as of_outlook
from loudou.demo.happenings.packs import happenings as of_packs
from loudou.demo.happenings.problems import happenings as of_problems
from loudou.demo.happenings.proposals import happenings as of_proposals
from loudou.demo.happenings.setting import Setting, Told
from loudou.demo.happenings.steering import happenings as of_steering
from loudou.demo.happenings.visits import happenings as of_visits
from loudou.demo.happenings.walks import happenings as of_walks
from loudou.journal.record import acting
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import User

log = logging.getLogger(__name__)
KINDS = (
    of_calls,
    of_chains,
    of_customers,
    of_deciding,
    of_deliveries,
    of_judging,
    of_meetings,
    of_outlook,
    of_packs,
    of_problems,
    of_proposals,
    of_steering,
    of_visits,
    of_walks,
)


class Happenings:
    """Tells what is due, in the order of the clock; what was told before `since` is told no more."""

    def __init__(
        self, until: date, people: Mapping[str, User], calendar: WorkCalendar, since: datetime | None = None
    ) -> None:
        setting = Setting(until, people, calendar)
        drawn = [told for kind in KINDS for told in kind(setting)]
        self.waiting: list[Told] = sorted(
            (told for told in drawn if since is None or told[0] > since), key=lambda told: told[0]
        )

    def tell_until(self, now: datetime) -> None:
        """Tell what is due by now. What a rule refuses is left out and logged, as with the acts of the story."""
        while self.waiting and self.waiting[0][0] <= now:
            at, happens = self.waiting.pop(0)
            try:
                with clock.at(at), acting():
                    happens()
            except Refused as refusal:
                log.warning("%s at %s: %s", happens, at, refusal.sentence)
