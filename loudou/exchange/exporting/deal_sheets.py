"""Exports of deals: as they stand and as they began, what happened to them, what they are of."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from django.db.models import BigIntegerField, Case, DateField, DecimalField, Field, OuterRef, Subquery, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.people.models import User
from loudou.pipeline.lens import DealLens
from loudou.pipeline.models import DeliveryPart, Line, Move, State
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.deliveries import planned_at
from loudou.pipeline.verbs.importing import BIRTH, UNDATED

# The moves of `contract.md` and those that carry what people set; the others only follow from where owners belong.
MOVES = (
    MoveKind.ENTER,
    MoveKind.WON,
    MoveKind.LOST,
    MoveKind.CANCELLED,
    MoveKind.INVALID,
    MoveKind.REOPEN,
    MoveKind.HOLD,
    MoveKind.RESUME,
    MoveKind.AMOUNT,
    MoveKind.EXPECTED_CLOSE,
    MoveKind.OWNER,
    MoveKind.PROBABILITY,
    MoveKind.CATEGORY,
    MoveKind.MIGRATE,
    MoveKind.DELIVERIES,
)
_STAGED = (MoveKind.ENTER, MoveKind.REOPEN, MoveKind.MIGRATE)


def _chosen_deals(user: User | None, filters: Filters) -> Any:
    return DealLens.read({"outcome": "all", **filters}, user).deals.visible_to(user, "exchange.export")


def _deals(user: User | None, filters: Filters) -> Rows:
    """Deals as they stand, and what they began with: what the row said that brought them, else what they were opened with."""
    chosen = _chosen_deals(user, filters).select_related("customer", "funnel", "owner", "funnel_version")
    owners = User.objects.filter(pk=OuterRef("first_owner_id")).values("username")
    told = chosen.annotate(
        first_amount=_first("amount", DecimalField(max_digits=18, decimal_places=2)),
        first_expected_on=_first("expected_on", DateField()),
        first_owner_id=_first("owner", BigIntegerField()),
        first_owner=Subquery(owners),
    )
    return told.defer("search", "extra", "note", "customer__search", "customer__extra").order_by("id")  # type: ignore[no-any-return]


def _first(name: str, field: Field[Any, Any]) -> Case:
    begun = State.objects.filter(deal=OuterRef("pk")).order_by("seq").values(name)[:1]
    told = [KT(f"brought__first__{name}"), KT(f"brought__{name}")]
    brought = Cast(Coalesce(*([KT("brought__born")] if name == "amount" else []), *told), field)
    return Case(When(brought__isnull=True, then=Subquery(begun)), default=brought, output_field=field)


def _deal(deal: Any, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        deal.code,
        deal.title,
        deal.customer.code if deal.customer else None,
        deal.funnel.code,
        deal.owner.username,
        deal.amount,
        deal.currency,
        deal.expected_on,
        instant(deal.created_at, zone),
        deal.source,
        deal.first_amount,
        deal.first_expected_on,
        deal.first_owner,
        str(deal.funnel_version.number),
    )


def _moves(user: User | None, filters: Filters) -> Rows:
    """The facts people made here, and the rows that brought the others: not the births that only follow from a deal."""
    deals = _chosen_deals(user, filters).order_by().values("pk")
    moves = Move.objects.filter(deal__in=deals, kind__in=MOVES).order_by("deal_id", "at", "id")
    told = moves.exclude(import_key__startswith=BIRTH)
    return told.select_related("deal", "stage", "owner", "by", "reason_code").defer(
        "deal__search", "deal__extra"
    )


def _move(move: Move, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    staged = move.stage is not None and move.kind in _STAGED
    undated = (move.import_key or "").startswith(UNDATED)
    return (
        move.deal.code,
        None if undated else instant(move.at, zone),
        move.kind,
        move.stage.code if move.stage and staged else None,
        move.amount if move.import_key is None else move.stated,
        _reason(move),
        move.by.username if move.by else None,
        instant(move.known_at, zone) if move.known_at > move.at else None,
    )


def _reason(move: Move) -> str:
    """What a move gives as its reason: for some kinds the column carries what the move sets."""
    if move.kind == MoveKind.EXPECTED_CLOSE:
        return move.expected_on.isoformat() if move.expected_on else ""
    if move.kind == MoveKind.OWNER:
        return move.owner.username if move.owner else ""
    if move.kind == MoveKind.PROBABILITY:
        return "" if move.probability is None else f"{move.probability.normalize():f}"
    if move.kind == MoveKind.CATEGORY:
        return move.category
    if move.kind == MoveKind.DELIVERIES:
        return "; ".join(f"{day} {amount}" for day, amount in move.plan or ())
    return move.reason_code.code if move.reason_code else move.reason


def _lines(user: User | None, filters: Filters) -> Rows:
    deals = _chosen_deals(user, filters).order_by().values("pk")
    lines = Line.objects.filter(deal__in=deals).select_related("deal", "product")
    return lines.defer("deal__search", "deal__extra", "product__search").order_by("deal_id", "position", "id")


def _line(line: Line, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    """Lines of deals that came by import make their first amount, unless it was told apart from them."""
    apart = line.deal.brought is None or "born" in line.deal.brought
    told = line.deal.code, line.product.code, line.quantity.normalize(), line.price, line.system_of_record
    return *told, "moves" if apart else "lines"


def _deliveries(user: User | None, filters: Filters) -> Rows:
    """The plans in force of live deals: a closed one's says nothing any more, and no import would take it."""
    deals = _chosen_deals(user, filters).live().order_by().values("pk")
    parts = DeliveryPart.objects.filter(planned_at(None), deal__in=deals).select_related("deal")
    return parts.defer("deal__search", "deal__extra").order_by("deal_id", "place")


def _delivery(part: DeliveryPart, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return part.deal.code, part.due_on, part.amount


DEAL_SHEETS = (
    Sheet(
        "deals",
        gettext_lazy("Deals"),
        (
            *("code", "title", "customer_code", "funnel", "owner_username", "amount", "currency"),
            *("expected_close", "created_at", "source"),
            *("first_amount", "first_expected_close", "first_owner_username", "funnel_version"),
        ),
        "pipeline.see",
        _deals,
        _deal,
        lens=DealLens,
    ),
    Sheet(
        "moves",
        gettext_lazy("Moves of deals"),
        ("deal_code", "at", "event", "stage", "amount", "reason", "by", "known_at"),
        "pipeline.see",
        _moves,
        _move,
        lens=DealLens,
    ),
    Sheet(
        "lines",
        gettext_lazy("Lines of deals"),
        ("deal_code", "product_code", "quantity", "price", "system_of_record", "amount_by"),
        "pipeline.see",
        _lines,
        _line,
        lens=DealLens,
    ),
    Sheet(
        "deliveries",
        gettext_lazy("Delivery plans of deals"),
        ("deal_code", "due_on", "amount"),
        "pipeline.see",
        _deliveries,
        _delivery,
        lens=DealLens,
    ),
)
