"""What of the units a person may see."""

from datetime import date
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet, Subquery

from communes.enums import CommuneKind, Role
from ntm_tracker.lib.text import search_key

if TYPE_CHECKING:
    from communes.models import User


def within_reach(user: "User", path: str = "") -> Q:
    """Return the condition "belongs to the person's authority or one below it".

    `path` leads from the filtered model to `Authority`, with its trailing `__`. The tree has three
    levels (country, province, district), so two steps up reach every root. An administrator without
    an authority of their own reaches everything; anybody else without one, nothing.
    """
    if not user.authority_id:
        return Q() if user.role == Role.ADMINISTRATOR else Q(pk__in=[])
    return (
        Q(**{f"{path}pk": user.authority_id})
        | Q(**{f"{path}parent": user.authority_id})
        | Q(**{f"{path}parent__parent": user.authority_id})
    )


def commune_in_reach(user: "User", path: str = "") -> Q:
    """Return the condition "is the person's own commune", for others "is a commune in their reach".

    `path` leads from the filtered model to `Commune`, with its trailing `__`.
    """
    if user.role == Role.COMMUNE:
        return Q(**{f"{path}pk": user.commune_id})
    return within_reach(user, f"{path}authority__")


class ValidityQuerySet(QuerySet):
    """Units with a first and a last day; without one, since ever or until further notice."""

    def valid_on(self, day: date):
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )

    def matching(self, text: str):
        """Rows whose search key holds every word of `text`, with or without diacritics."""
        rows = self
        for word in search_key(text).split():
            rows = rows.filter(search_key__contains=word)
        return rows


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


class CommuneQuerySet(ValidityQuerySet):
    def get_by_natural_key(self, code: str):
        """The unit that bears `code` now: a code can live on under a new name."""
        return self.get(code=code, valid_to__isnull=True)

    def visible_to(self, user: "User"):
        return self.filter(commune_in_reach(user))

    def bearing(self, code: str):
        """The one unit that bears `code` now; of units that have ended, the last one."""
        units = self.model._default_manager.filter(code=code).order_by(F("valid_to").desc(nulls_first=True))
        return self.filter(pk=Subquery(units.values("pk")[:1]))

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
