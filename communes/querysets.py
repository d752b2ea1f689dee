"""What of the units a person may see."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from communes.enums import KEEPING_UNIT, CommuneKind, Role
from ntm_tracker.lib.text import search_key

if TYPE_CHECKING:
    from communes.models import Commune, User


def within_reach(user: "User", path: str = "") -> Q:
    """Return the condition "belongs to the person's authority or one below it".

    `path` leads from the filtered model to `Authority`, with its trailing `__`. The tree has three
    levels (country, province, district): two steps up reach every root, and below a district there is
    none to look for. An administrator without an authority of their own reaches everything; anybody
    else without one, nothing.
    """
    if user.authority is None:
        return Q() if user.role == Role.ADMINISTRATOR else Q(pk__in=[])
    own = Q(**{f"{path}pk": user.authority_id})
    if not user.oversees_districts:
        return own
    return own | Q(**{f"{path}parent": user.authority_id}) | Q(**{f"{path}parent__parent": user.authority_id})


def commune_in_reach(user: "User", path: str = "") -> Q:
    """Return the condition "is the person's own commune", for others "is a commune in their reach".

    The units that a commune follows can be read with it. `path` leads from the filtered model to
    `Commune`, with its trailing `__`.
    """
    own = Q(**{f"{path}pk": user.commune_id}) if user.role == Role.COMMUNE else within_reach(user, f"{path}authority__")
    # An empty condition reaches everything; joined by "or" it would vanish.
    return own | inherited(user, path) if own and user.inherited_communes else own


def inherited(user: "User", path: str = "") -> Q:
    """Return the condition "is an ended commune, beyond the person's reach, whose successor lies in it"."""
    return Q(**{f"{path}pk__in": user.inherited_communes})


def related_rows(rows: QuerySet, name: str) -> Any:
    """Return the manager of the model to which the field `name` leads: models know their querysets, not the reverse."""
    model: Any = rows.model._meta.get_field(name).related_model
    return model._default_manager


def holds_words(text: str, *keys: str) -> Q:
    """Return the condition "the search keys together hold every word of `text`", with or without diacritics.

    `keys` are the names of their fields, `search_key` where none is given.
    """
    condition = Q()
    for word in search_key(text).split():
        condition &= reduce(or_, (Q(**{f"{key}__contains": word}) for key in keys or ("search_key",)))
    return condition


class SearchableQuerySet(QuerySet):
    """Rows with a `search_key`."""

    def matching(self, text: str):
        """Rows whose search key holds every word of `text`, with or without diacritics."""
        return self.filter(holds_words(text))


class ValidityQuerySet(SearchableQuerySet):
    """Units with a first and a last day; without one, since ever or until further notice."""

    def valid_on(self, day: date):
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )

    def valid_between(self, first: date, last: date):
        """Units that existed on some day from `first` to `last`."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=last), Q(valid_to__isnull=True) | Q(valid_to__gte=first)
        )


class AuthorityQuerySet(ValidityQuerySet):
    def get_by_natural_key(self, code: str):
        return self.get(code=code)

    def visible_to(self, user: "User"):
        return self.filter(within_reach(user))


class DepartmentQuerySet(ValidityQuerySet):
    def get_by_natural_key(self, authority_code: str, code: str):
        return self.get(authority__code=authority_code, code=code)

    def visible_to(self, user: "User"):
        return self.filter(within_reach(user, "authority__"))


def _last(key: int, steps: Mapping[int, int]) -> int:
    while key in steps:
        key = steps[key]
    return key


class CommuneQuerySet(ValidityQuerySet):
    def get_by_natural_key(self, code: str):
        """The unit that bears `code` now: a code can live on under a new name."""
        return self.get(code=code, valid_to__isnull=True)

    def visible_to(self, user: "User"):
        return self.filter(commune_in_reach(user))

    def matching(self, text: str):
        """Rows that hold every word of `text`; "xã Cao Sơn" says before the name of which kind it is."""
        words = search_key(text)
        condition = holds_words(words)
        for kind in CommuneKind:
            name = words.removeprefix(f"{search_key(kind.label)} ")
            if name != words:
                condition |= Q(kind=kind) & holds_words(name)
        return self.filter(condition)

    def newest_first(self):
        """By their last day; units that have none come first."""
        return self.order_by(F("valid_to").desc(nulls_first=True))

    def bearing(self, code: str, day: date | None = None):
        """The one unit that bore `code` on `day`; without a day, or where none did, the one that bears it now.

        Of units that have all ended, the last one.
        """
        units: CommuneQuerySet = CommuneQuerySet(self.model).filter(code=code)
        key: Subquery | Coalesce = Subquery(units.newest_first().values("pk")[:1])
        if day is not None:
            key = Coalesce(Subquery(units.valid_on(day).order_by().values("pk")[:1]), key)
        return self.filter(pk=key)

    def predecessors_of(self, keys: Collection[int]) -> frozenset[int]:
        """Return the keys of all units that led to those with `keys`, however many steps back."""
        return frozenset(self.led_to(keys))

    def led_to(self, keys: Collection[int]) -> dict[int, int]:
        """Return for each unit that led to one of `keys`, however many steps back, the nearest one among them."""
        return self._followed(keys)

    def selves_of(self, keys: Collection[int]) -> dict[int, int]:
        """Return for each of `keys`, and for what it was under another name or authority, the one among them."""
        same = Q(successor__unit_change__kind__in=KEEPING_UNIT)
        return {key: key for key in keys} | self._followed(keys, same)

    def _followed(self, keys: Collection[int], condition: Q | None = None) -> dict[int, int]:
        """Two queries at most, however often a unit changed: the second one reads all steps of all units."""
        steps = self._steps().filter(condition or Q())
        found = dict(steps.filter(successor__in=keys))
        if not found:
            return found
        before: dict[int, list[int]] = defaultdict(list)
        for key, after in steps:
            before[after].append(key)
        reached = list(found)
        for unit in reached:
            for key in before[unit]:
                if key not in found:
                    found[key] = found[unit]
                    reached.append(key)
        return found

    def heirs_of(self, keys: Collection[int]) -> dict[int, int]:
        """Return for each ended unit among `keys` the key of the one that stands in its place now."""
        heirs = dict(self._steps().filter(pk__in=keys))
        steps = dict(self._steps()) if heirs else {}
        return {key: _last(heir, steps) for key, heir in heirs.items()}

    def _steps(self) -> QuerySet:
        """Return the keys of each ended unit and of the one that followed it."""
        ended = self.model._default_manager.filter(successor__isnull=False)
        return ended.order_by().values_list("pk", "successor")

    def lineage(self, commune: "Commune") -> frozenset[int]:
        """Return the keys of `commune` and of all units that led to it."""
        return self.predecessors_of([commune.pk]) | {commune.pk}

    def in_same_reach(self, user: "User"):
        """Every commune of the person's authority, for totals that everybody may know."""
        return self.filter(within_reach(user, "authority__"))

    def of_kind(self, kind: CommuneKind | str):
        return self.filter(kind=kind)


class LetterheadQuerySet(QuerySet):
    def get_by_natural_key(self, authority_code: str):
        return self.get(authority__code=authority_code)

    def visible_to(self, user: "User"):
        return self.filter(within_reach(user, "authority__"))


class UnitChangeQuerySet(QuerySet):
    def visible_to(self, user: "User"):
        """The changes by which a unit in the person's reach ended or began."""
        communes = related_rows(self, "successor").filter(within_reach(user, "authority__"))
        return self.filter(Q(successor__in=communes) | Q(successor__in=communes.order_by().values("successor")))


class MessageQuerySet(QuerySet):
    def visible_to(self, user: "User"):
        """A person's messages are their own."""
        return self.filter(recipient=user)

    def unread(self):
        return self.filter(read_at__isnull=True)
