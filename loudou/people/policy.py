"""The grants table as people read it: rights by room, and how far each role reaches after narrowing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import values
from loudou.people.grants import GRANTS, Reach
from loudou.people.roles import ROLES

REACHES = {
    Reach.NONE: _("nothing"),
    Reach.OWN: _("own"),
    Reach.TEAM: _("team"),
    Reach.BRANCH: _("branch"),
    Reach.ALL: _("all"),
}


RIGHTS = {
    "people.see": _("see colleagues"),
    "people.see_contact": _("see colleagues' phone and mail, and the units"),
    "people.see_accounts": _("see accounts: roles, sign-ins, second factor"),
    "people.see_set_up": _("see the organisation's settings"),
    "people.manage": _("add people, change and close accounts"),
    "people.grant_roles": _("give and take roles"),
    "people.unlock": _("unlock accounts, end sessions, remove second factors"),
    "people.narrow": _("narrow the rights of roles"),
    "people.set_up": _("change the organisation and its units"),
    "people.close_books": _("close the books of a month, ask to reopen them"),
    "people.reopen_books": _("let closed books be reopened"),
    "people.calendars": _("keep the calendars"),
    "people.rates": _("keep the rates"),
    "journal.audit": _("read the whole journal"),
    "signoff.see": _("see requests for a signature"),
    "signoff.sign": _("sign requests"),
    "catalog.see": _("see products"),
    "catalog.see_cost": _("see what products cost"),
    "catalog.manage": _("keep the products"),
    "customers.see": _("see customers and contacts"),
    "customers.see_phone": _("see customers' phone numbers in full"),
    "customers.reveal_phone": _("ask for a masked phone number"),
    "customers.add": _("add customers"),
    "customers.edit": _("change customers"),
    "customers.hand_over": _("hand customers over"),
    "customers.merge": _("merge customers"),
    "pipeline.see": _("see deals"),
    "pipeline.open": _("open deals"),
    "pipeline.edit": _("change deals"),
    "pipeline.move": _("move deals through gates"),
    "pipeline.close": _("win, lose and cancel deals"),
    "pipeline.confirm": _("confirm promotions"),
    "pipeline.confirm_win": _("confirm that deals are won"),
    "pipeline.skip": _("let deals skip stages"),
    "pipeline.reopen": _("reopen deals"),
    "pipeline.hand_over": _("hand deals over"),
    "pipeline.back_date": _("date facts back further than the limit"),
    "pipeline.set_up": _("set up funnels and reasons"),
    "tasks.see": _("see tasks"),
    "tasks.set": _("set tasks for people"),
    "tasks.edit": _("change, hand over and end tasks"),
    "fieldwork.see": _("see activities"),
    "fieldwork.log": _("record activities"),
    "fieldwork.edit": _("change activities"),
    "fieldwork.annul": _("annul activities"),
    "fieldwork.back_date": _("date activities back further than the limit"),
    "fieldwork.visit": _("plan, make and record visits of one's own"),
    "fieldwork.set_up": _("set how often customers are contacted"),
    "fieldwork.confirm_visit": _("sign visit plans, go through visits"),
    "fieldwork.see_calls": _("see phone records"),
    "fieldwork.take_call": _("keep phone records"),
    "targets.see": _("see targets"),
    "targets.set": _("set targets"),
    "targets.waive": _("waive the 120 % rule of targets"),
    "targets.record": _("record what was invoiced, received and earned"),
    "targets.confirm": _("approve targets and their adjustments"),
    "targets.seasons": _("keep the seasonal index"),
    "daylog.see": _("see day logs"),
    "daylog.write": _("write day logs and call for help"),
    "daylog.confirm": _("sign day logs"),
    "daylog.desk": _("make the calls of the control desk"),
    "daylog.see_desk": _("see what the control desk heard"),
    "daylog.compare": _("see day logs beside what the control desk heard"),
    "daylog.help": _("answer calls for help"),
    "daylog.see_checks": _("see spot checks"),
    "daylog.check": _("check day logs on the spot"),
    "daylog.annul": _("annul day logs"),
    "daylog.absences": _("note absences"),
    "daylog.see_approvals": _("see how managers sign"),
    "steering.budget_see": _("see budgets and what is spent"),
    "steering.budget_set": _("set and adjust budgets"),
    "steering.leaderboard": _("switch leaderboards on and off"),
    "steering.spend": _("record costs"),
    "insight.see": _("see analyses"),
    "broadcasts.show": _("put up screens on the wall"),
    "forecasts.see": _("see forecasts and how accurate they were"),
    "forecasts.submit": _("submit forecasts"),
    "forecasts.lock": _("lock forecasts"),
    "forecasts.reopen": _("reopen locked forecasts"),
    "forecasts.set_up": _("set the rules of the forecast"),
    "warnings.see": _("see early warnings"),
    "warnings.answer": _("answer early warnings"),
    "warnings.judge": _("decide disputes of early warnings"),
    "problems.see": _("see problems"),
    "problems.register": _("register problems"),
    "problems.work": _("contain problems and find their causes"),
    "problems.judge": _("class and close problems, write rules"),
    "problems.see_rules": _("see the rules of the house"),
    "market.see": _("see the market picture and market walks"),
    "market.walk": _("record market walks of one's own"),
    "market.annul": _("annul market walks"),
    "forms.see": _("see which forms there are"),
    "forms.propose": _("propose forms"),
    "forms.manage": _("write, justify, issue, review and retire forms"),
    "forms.confirm": _("approve forms for the managers' council"),
    "forms.confirm_owner": _("approve forms for sales operations"),
    "forms.fill": _("fill in forms"),
    "forms.see_records": _("see filled-in forms"),
    "forms.confirm_record": _("sign filled-in forms"),
    "forms.check": _("say that a filled-in form could not be verified"),
    "reviews.see": _("see reports of periods and meetings"),
    "reviews.write": _("write reports of periods"),
    "reviews.confirm": _("read and comment on reports of periods"),
    "reviews.meet": _("call meetings and write their minutes"),
    "exchange.export": _("export"),
    "exchange.confirm_export": _("confirm large exports"),
    "exchange.import": _("import"),
    "exchange.import_history": _("import history"),
}

values("people.organisation", "verb", RIGHTS)
values("people.organisation", "role", ROLES)
values("people.organisation", "reach", {reach.name: name for reach, name in REACHES.items()})


@dataclass(frozen=True)
class Cell:
    """How far one role's right goes, and how far it would without narrowing."""

    role: str
    reach: Reach
    granted: Reach

    @property
    def text(self) -> str:
        """In a word."""
        return str(REACHES[self.reach])

    @property
    def narrowed(self) -> bool:
        """Whether the organisation gave less than the table."""
        return self.reach < self.granted


@dataclass(frozen=True)
class Row:
    """One right, by role in the order of `ROLES`."""

    verb: str
    cells: list[Cell]

    @property
    def name(self) -> str:
        """In a few words."""
        return str(RIGHTS.get(self.verb, self.verb))


def table(narrowed: Mapping[str, Mapping[str, str]]) -> dict[str, list[Row]]:
    """Every right by room."""
    groups: dict[str, list[Row]] = {}
    for verb, reaches in GRANTS.items():
        cells = []
        for role in ROLES:
            granted: Reach = reaches.get(role, Reach.NONE)  # type: ignore[assignment]
            limit = narrowed.get(verb, {}).get(role)
            cells.append(Cell(role, min(granted, Reach[limit]) if limit else granted, granted))
        groups.setdefault(verb.split(".")[0], []).append(Row(verb, cells))
    return groups


def roles_with(verb: str, narrowed: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The roles that have a right after narrowing, in the order of `ROLES`."""
    limits = narrowed.get(verb, {})
    return [role for role in ROLES if role in GRANTS[verb] and limits.get(role) != Reach.NONE.name]


def roles_by_unit() -> list[str]:
    """The roles that see deals by where in the organisation their holder stands: neither all of them nor none."""
    return [role for role, far in GRANTS["pipeline.see"].items() if far != Reach.ALL]
