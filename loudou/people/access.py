"""Who may see and do what: the only reader of `grants.py`. One rule, two faces.

`queryset.visible_to(user)` cuts a relation to what a person may see; `may(user, verb, row)` answers for one row.
Both come from the same reach. `None` as the user is the system itself, which may do everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Self, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable
from django.http import Http404
from django.utils.translation import gettext as _

from loudou.kernel.keys import Keys
from loudou.kernel.refusals import Forbidden
from loudou.people.grants import GRANTS, Reach
from loudou.people.models import Organisation, Unit, User
from loudou.people.queries import organisation
from loudou.ui.prepared import ANY, Prepared, Shapes, among, overlap

M = TypeVar("M", bound=models.Model)
MARKS = "marks"  # the way of seeing rows as their owner or as of their unit


@dataclass(frozen=True)
class Relation:
    """How rows of a model relate to people: the verb to see them, and the paths to owner, unit and sharers.

    `watchers` names a many-to-many relation to users who may see a row although they do not own it, `helpers` one
    to users who count as its owners; `giver` is the path to who gave it to the owner and counts like them, `companion`
    one to who was there and may see it. An empty path means that nobody is related that way: without owner and unit
    only reach ALL sees anything. `marks` are owner and unit in one list, as the search index has them (`marks_of`).
    """

    see: str
    owner: str = ""
    unit: str = ""
    watchers: str = ""
    helpers: str = ""
    giver: str = ""
    companion: str = ""
    marks: Combinable | None = None

    def sharing(self, verb: str) -> tuple[str, ...]:
        """The relations through which somebody else may do `verb`."""
        return tuple(filter(None, (self.helpers, self.watchers if verb == self.see else "")))

    def named(self, verb: str) -> tuple[str, ...]:
        """The paths to single people who may do `verb` to a row: its owner, and who else is named in it."""
        paths = (self.owner, self.giver, self.companion if verb == self.see else "")
        return tuple(filter(None, paths))


class Owned(models.QuerySet[M]):
    """A queryset that knows what a person may see. Its model has an `access: Relation`."""

    def visible_to(self, user: User | None, verb: str = "") -> Self:
        """The rows this person may see, or may do `verb` to."""
        relation: Relation = self.model.access  # type: ignore[attr-defined]
        wanted = self.filter(_within(user, verb or relation.see, relation, self.model))
        if verb and verb != relation.see:
            wanted = wanted.filter(_within(user, relation.see, relation, self.model))
        return wanted

    def seen_by(self, user: User | None) -> list[Self]:
        """The rows this person may see once for each way in which they do, so that a row may be in several.

        Of many rows a few are found sooner so: each way has an index of its own, and all at once have none.
        """
        return [self.in_way(way, keys) for way, keys in ways_to_find(user, self.model)]

    def in_way(self, way: str, keys: list[int]) -> Self:
        """The rows that are seen in one of `ways_to_find`."""
        if not way:
            return self
        return self.filter(marked(self.model, keys) if way == MARKS else Q(among(keys, way)))


def reach(user: User | None, verb: str) -> Reach:
    """How far this person's right to `verb` goes. Unknown verbs are an error, not a refusal."""
    roles = GRANTS[verb]
    if user is None:
        return Reach.ALL
    if not user.is_authenticated or not user.is_active:
        return Reach.NONE
    narrowed = company_of(user).narrowed.get(verb, {})
    widest = Reach.NONE
    for role in user.roles:
        granted: Reach = roles.get(role, Reach.NONE)  # type: ignore[assignment]
        if role in narrowed:
            granted = min(granted, Reach[narrowed[role]])
        widest = max(widest, granted)
    return widest


def may(user: User | None, verb: str, row: models.Model | None = None) -> bool:
    """Whether this person may do `verb`: to this row, or, without one, to any row at all."""
    far = reach(user, verb)
    if row is None or far in (Reach.NONE, Reach.ALL):
        return far is not Reach.NONE
    assert user is not None
    relation: Relation = row.access  # type: ignore[attr-defined]
    if any(_follow(row, path) == user.pk for path in relation.named(verb)):
        return True
    if far >= Reach.TEAM and relation.unit and _follow(row, relation.unit) in unit_ids(user, far):
        return True
    return any(_holder(row, path) in shared_ids(user, type(row), path) for path in relation.sharing(verb))


def require(user: User | None, verb: str, row: models.Model | None = None) -> None:
    """Refuse the act unless this person may do it; the last word in every verb, whatever door it came through."""
    if not may(user, verb, row):
        raise Forbidden(_("You do not have the right to do this."))


def fetch(
    user: User,
    model: type[M],
    pk: int,
    *,
    to: str = "",
    using: models.QuerySet[M] | Prepared[M] | None = None,
) -> M:
    """The row with this key: 404 when this person may not see it, 403 when they may not do `to` to it."""
    rows: Any = using if using is not None else model._default_manager.all()
    row = rows.first(pk) if isinstance(rows, Prepared) else rows.filter(pk=pk).first()
    # Asked of the row in hand: an owner, and who sees its unit, need no list of what is shared with them.
    if row is None or not may(user, row.access.see, row):
        raise Http404
    if to and not may(user, to, row):
        raise PermissionDenied(to)
    return row  # type: ignore[no-any-return]


def unit_ids(user: User, far: Reach) -> frozenset[int]:
    """The units a reach of TEAM or BRANCH covers for this person; asked once a request."""
    if user.unit_id is None:
        return frozenset()
    if far is Reach.TEAM:
        return frozenset({user.unit_id})
    known: frozenset[int] | None = getattr(user, "_branch", None)
    if known is None:
        path = Unit.objects.filter(pk=user.unit_id).values("path")[:1]
        below = Unit.objects.filter(path__startswith=models.Subquery(path))
        known = frozenset(below.values_list("pk", flat=True))
        user._branch = known  # type: ignore[attr-defined]
    return known


def remember_branch(user: User, units: Iterable[int]) -> None:
    """What `unit_ids` would ask for is known already: the person's unit and all below it."""
    user._branch = frozenset(units)  # type: ignore[attr-defined]


def shared_ids(user: User, model: type[models.Model], path: str) -> frozenset[int]:
    """Keys shared with this person through the relation `path`, of `model` or of what leads there; asked once a request."""
    *steps, relation = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    cache: dict[tuple[str, str], frozenset[int]] = user.__dict__.setdefault("_shared", {})
    key = (model._meta.label, relation)
    if key not in cache:
        relations = _asked_together(model, relation)
        rows = _SHARED.of((model, relations)).tuples(user.pk)
        for number, name in enumerate(relations):
            cache[model._meta.label, name] = frozenset(one for place, one in rows if place == number)
    return cache[key]


def _asked_together(model: type[models.Model], relation: str) -> tuple[str, ...]:
    """The relations of a model that share its rows, if this is one: who asks for one asks for the other."""
    access: Relation | None = getattr(model, "access", None)
    sharing = tuple(filter(None, (access.helpers, access.watchers))) if access is not None else ()
    return sharing if relation in sharing else (relation,)


def _shared(asked: tuple[type[models.Model], tuple[str, ...]], user_id: int) -> models.QuerySet[Any, Any]:
    model, relations = asked
    arms = []
    for number, relation in enumerate(relations):
        through: Any = model._meta.get_field(relation).remote_field.through  # type: ignore[union-attr]
        place = models.Value(number, models.IntegerField())
        rows = through.objects.filter(user_id=user_id).order_by()
        arms.append(rows.values_list(place, f"{model._meta.model_name}_id"))
    told: models.QuerySet[Any, Any] = arms[0].union(*arms[1:], all=True)
    return told


_SHARED = Shapes(_shared, ANY)


def _within(user: User | None, verb: str, relation: Relation, model: type[models.Model]) -> Q:
    return reduce(or_, _ways(user, verb, relation, model))


def _ways(user: User | None, verb: str, relation: Relation, model: type[models.Model]) -> list[Q]:
    """In which ways this person may do it to rows: to their own, to those they gave, of their units, shared with them."""
    far = reach(user, verb)
    if far is Reach.ALL:
        return [Q()]
    if far is Reach.NONE:
        return [Q(pk__in=[])]
    assert user is not None
    ways = [Q(**{path: user.pk}) for path in relation.named(verb)] or [Q(pk__in=[])]
    if far >= Reach.TEAM and relation.unit:
        ways.append(Q(**{f"{relation.unit}__in": sorted(unit_ids(user, far))}))
    for path in relation.sharing(verb):
        if shared := shared_ids(user, model, path):
            ways.append(Q(**{f"{path.rpartition('__')[0] or 'pk'}__in": sorted(shared)}))
    return ways


def ways_to_find(user: User | None, model: type[models.Model]) -> list[tuple[str, Keys]]:
    """In which ways this person sees rows of a model that has `marks` where it has an owner: the field that is asked
    (none: they see all), and the keys it may have.
    """
    relation: Relation = model.access  # type: ignore[attr-defined]
    far = reach(user, relation.see)
    if far is Reach.ALL:
        return [("", Keys())]
    if far is Reach.NONE:
        return []
    assert user is not None
    assert relation.marks is not None, f"{model.__name__} has no marks, and {user} does not see all of it"
    ways = [(MARKS, marks(user, far))]
    for path in relation.sharing(relation.see):
        if shared := shared_ids(user, model, path):
            ways.append((path.rpartition("__")[0] or "pk", Keys(sorted(shared))))
    return ways


def marked(model: type[models.Model], keys: Iterable[int]) -> Q:
    """Rows that have one of these marks: keys of owners, and of units with a minus before them."""
    relation: Relation = model.access  # type: ignore[attr-defined]
    assert relation.marks is not None
    return Q(overlap(relation.marks, Keys(keys)))


def marks(user: User, far: Reach) -> Keys:
    """What the marks of a row must have one of, so that a person sees it as its owner or as of their units."""
    units = unit_ids(user, far) if far >= Reach.TEAM else ()
    return Keys([user.pk, *(-key for key in sorted(units))])


def _holder(row: models.Model, path: str) -> Any:
    """The key of what is shared: the row's own, or of the row a longer path leads through."""
    through = path.rpartition("__")[0]
    return _follow(row, through) if through else row.pk


def _follow(row: models.Model, path: str) -> Any:
    """The key at the end of a path such as `deal__owner`."""
    *steps, last = path.split("__")
    for step in steps:
        row = getattr(row, step)
    return getattr(row, f"{last}_id")


def company_of(user: User | None) -> Organisation:
    """The organisation, as this request has read it already."""
    if user is None:
        return organisation()
    known: Organisation | None = getattr(user, "_organisation", None)
    if known is None:
        known = organisation()
        user._organisation = known  # type: ignore[attr-defined]
    return known
