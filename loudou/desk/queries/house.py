"""What those who look after the house see first: accounts, safety, history, data, what is left to set up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from loudou.customers.models import Customer
from loudou.exchange.models import Import
from loudou.journal.models import Delivery, Entry
from loudou.kernel import clock
from loudou.people.lens import DirectoryLens
from loudou.people.models import Organisation, Rate, Token, Unit, User
from loudou.people.queries import homeless, is_locked
from loudou.pipeline.lens import DealLens
from loudou.pipeline.models import Deal
from loudou.pipeline.queries import flags
from loudou.targets.queries.closing import closable_months

CAP = 100
SENSITIVE_ROLES = ["admin", "security", "auditor", "finance", "operations"]
SAFETY = ("user.locked_out", "user.sign_in_failed", "user.second_factor_off", "user.recovery_code_used")
DUTIES = (
    *("user.roles_granted", "organisation.narrowed", "organisation.set", "user.added", "user.deactivated"),
    *("token.made", "journal.opened", "journal.exported", "journal.verified", "journal.broken"),
    "journal.turned_back",
)
GAPS = ("no_customer", "no_expected", "no_start", "owed")


@dataclass(frozen=True)
class Gap:
    """Something missing, how often (counted to a hundred), and the query string that lists it."""

    code: str
    count: int
    query: str


@dataclass(frozen=True)
class Books:
    """Through which day they are closed, whether a month waits to be, the rates in force by currency and kind."""

    closed_through: date | None
    waiting: bool
    rates: list[Rate]


@dataclass(frozen=True)
class Accounts:
    """How the accounts stand."""

    active: int
    locked: list[User]
    homeless: int
    idle: int
    bare_keepers: list[User]


@dataclass(frozen=True)
class Verified:
    """What the last check of the journal found; none was made while `entry` is None."""

    entry: Entry | None
    newest: int

    @property
    def good(self) -> bool:
        """Whether the last check found nothing."""
        return self.entry is not None and self.entry.event == "journal.verified"

    @property
    def until(self) -> int:
        """The last entry that check covered."""
        return int(self.entry.particulars.get("rows", 0)) if self.entry is not None else 0


@dataclass(frozen=True)
class Step:
    """A step of setting up an empty house: its code, and whether it is done."""

    code: str
    done: bool


def accounts(user: User) -> Accounts:
    """The accounts as administrators must know them (six queries)."""
    active = User.objects.active()
    recent = Entry.objects.filter(event="user.locked_out", at__gte=clock.now() - timedelta(hours=1))
    names = User.objects.filter(pk__in=list(recent.values_list("subject_id", flat=True)[:CAP]))
    keepers = active.filter(roles__overlap=SENSITIVE_ROLES, totp_secret="")
    return Accounts(
        active=active.count(),
        locked=[person for person in names if is_locked(person.username)],
        homeless=homeless().count(),
        idle=DirectoryLens.read({"state": "idle"}, user).people.count(),
        bare_keepers=list(keepers.order_by("name_key")[:CAP]),
    )


def happened(events: tuple[str, ...], *, limit: int = 8) -> list[Entry]:
    """The newest entries of these events: the newest of each by index, then the newest of those."""
    first, *rest = (
        Entry.objects.filter(event=event).order_by("-id").values_list("pk", flat=True)[:limit]
        for event in events
    )
    keys = list(first.union(*rest))
    return list(Entry.objects.filter(pk__in=keys).select_related("actor").order_by("-id")[:limit])


def failures_today() -> int:
    """Sign-ins that failed within a day, counted to a thousand."""
    since = clock.now() - timedelta(days=1)
    return Entry.objects.filter(event="user.sign_in_failed", at__gte=since)[:1000].count()


def expiring_tokens() -> list[Token]:
    """Tokens that end within two weeks."""
    now = clock.now()
    soon = Token.objects.filter(revoked_at=None, expires_at__gt=now, expires_at__lt=now + timedelta(days=14))
    return list(soon.select_related("user").order_by("expires_at")[:8])


def undelivered() -> int:
    """Mails that were given up on within a week."""
    since = clock.now() - timedelta(days=7)
    return Delivery.objects.filter(given_up_at__gte=since)[:CAP].count()


def verified() -> Verified:
    """How the journal's last check ended, and how far history has come since."""
    last = next(iter(happened(("journal.verified", "journal.broken"), limit=1)), None)
    newest = Entry.objects.order_by("-id").values_list("pk", flat=True).first()
    return Verified(last, newest or 0)


def gaps(user: User, company: Organisation) -> list[Gap]:
    """What is missing in deals, for who looks after the data."""
    now, today = clock.now(), company.today
    deals = DealLens.read({"outcome": "all"}, user).deals
    counted = [
        Gap(code, deals.filter(flags.where(code, now, today))[: CAP + 1].count(), f"?outcome=all&flag={code}")
        for code in GAPS
    ]
    return [gap for gap in counted if gap.count]


def imports(user: User, *, limit: int = 5) -> list[Import]:
    """The last imports the person may see."""
    return list(Import.objects.visible_to(user).select_related("owner").order_by("-id")[:limit])


def books(company: Organisation) -> Books:
    """What finance keeps: closed months and the rate of each currency and kind in force (two queries)."""
    known = Rate.objects.filter(valid_from__lte=company.today).exclude(currency=company.base_currency)
    rates = known.order_by("currency", "kind", "-valid_from").distinct("currency", "kind")
    return Books(company.closed_through, bool(closable_months(company, 1)), list(rates[:CAP]))


def recent_customers(user: User, *, limit: int = 6) -> list[Customer]:
    """The customers the person may see in which something happened last."""
    found = Customer.objects.visible_to(user).filter(merged_into=None)
    return list(found.select_related("owner").defer("search", "note").order_by("-touched_at", "-id")[:limit])


def recent_wins(user: User, *, limit: int = 6) -> list[Deal]:
    """The newest wins the person may see."""
    won = DealLens.read({"outcome": "won"}, user).deals.exclude(closed_at=None)
    return list(won.select_related("owner").order_by("-closed_at", "-id")[:limit])


def steps() -> list[Step]:
    """What an empty house still needs, in order; nothing once there are deals (one query)."""
    if Deal.objects.exists():
        return []
    asked: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("organisation", lambda: Organisation.objects.filter(Q(version__gt=2) | ~Q(name="Loudou")).exists()),
        ("units", lambda: Unit.objects.filter(retired_at=None).exists()),
        ("people", lambda: User.objects.active()[:2].count() > 1),
        ("customers", lambda: Customer.objects.exists()),
        ("deals", lambda: False),
    )
    return [Step(code, done()) for code, done in asked]
