"""Selections of the catalogue, the findings and the reports, named in the words of the domain."""

import re
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from communes.models import Commune, User
from communes.querysets import SearchableQuerySet, commune_in_reach, holds_words, related_rows, within_reach
from criteria.enums import AssessmentSource, ReportStatus
from criteria.periods import current_month
from ntm_tracker.lib.text import search_key, whole_number

# "tiêu chí 17", "TC17", "nội dung 17.1": what something is, before its number or its words.
KIND_BEFORE = re.compile(r"^(?:(?:tieu chi|noi dung) |tc ?(?=\d))")

# What a list of changes names of the person, the commune and the sub-item.
NAMED_IN_HISTORY = (
    *(f"by__{name}" for name in ("username", "full_name", "post")),
    *(f"assessment__commune__{name}" for name in ("code", "name", "kind", "valid_to")),
    *(f"assessment__sub_item__{name}" for name in ("code", "official_code", "name", "kind", "unit")),
    "assessment__sub_item__criterion__criteria_set__short_name",
)
# What a line about a lost sub-item names.
NAMED_IN_SETBACKS = (
    *("status", "at", "version", "reason"),
    *(f"assessment__commune__{name}" for name in ("code", "name", "kind", "valid_to")),
    *(f"assessment__sub_item__{name}" for name in ("code", "official_code", "name")),
)
# The set says which sub-item a code means.
OF_WHAT = ("assessment__commune", "assessment__sub_item__criterion__criteria_set")


class SourceQuerySet(QuerySet):
    def get_by_natural_key(self, code: str):
        return self.get(code=code)


class CriteriaSetQuerySet(QuerySet):
    def get_by_natural_key(self, code: str):
        return self.get(code=code)

    def in_force_on(self, day: date):
        """The sets valid on `day`, the newest first."""
        return self.filter(Q(effective_to__isnull=True) | Q(effective_to__gte=day), effective_from__lte=day).order_by(
            "-effective_from"
        )


class ZoneQuerySet(QuerySet):
    def get_by_natural_key(self, set_code: str, code: str):
        return self.get(criteria_set__code=set_code, code=code)


class CommuneZoneQuerySet(QuerySet):
    def get_by_natural_key(self, commune_code: str, set_code: str, zone_code: str):
        return self.get(
            commune__code=commune_code,
            commune__valid_to__isnull=True,
            zone__criteria_set__code=set_code,
            zone__code=zone_code,
        )

    def visible_to(self, user: User):
        return self.filter(commune_in_reach(user, "commune__"))


class CriterionQuerySet(QuerySet):
    def get_by_natural_key(self, set_code: str, number: int):
        return self.get(criteria_set__code=set_code, number=number)


class SubItemQuerySet(SearchableQuerySet):
    def get_by_natural_key(self, set_code: str, code: str):
        return self.get(criterion__criteria_set__code=set_code, code=code)

    def matching(self, text: str):
        """Those that hold every word of `text` or whose criterion does; "tiêu chí 17" asks for all of the criterion."""
        words = KIND_BEFORE.sub("", search_key(text))
        is_criterion = words.isdecimal() and words != search_key(text)
        if is_criterion:
            return self.filter(criterion__number=whole_number(words))
        return self.filter(holds_words(words, "search_key", "criterion__search_key"))

    def of_set(self, criteria_set):
        """In the order of the decision: by criterion, then by place in it."""
        return self.filter(criterion__criteria_set=criteria_set).order_by("criterion__number", "position")


class SubItemGuideQuerySet(QuerySet):
    def get_by_natural_key(self, set_code: str, code: str, authority_code: str, department_code: str):
        return self.get(
            sub_item__criterion__criteria_set__code=set_code,
            sub_item__code=code,
            department__authority__code=authority_code,
            department__code=department_code,
        )

    def visible_to(self, user: User):
        return self.filter(within_reach(user, "department__authority__"))


class SubItemPartQuerySet(QuerySet):
    def get_by_natural_key(self, set_code: str, code: str, part_code: str):
        return self.get(sub_item__criterion__criteria_set__code=set_code, sub_item__code=code, code=part_code)


class ThresholdQuerySet(QuerySet):
    def get_by_natural_key(self, set_code, code, part_code, zone_code, year, authority_code, condition):
        return self.get(
            sub_item__criterion__criteria_set__code=set_code,
            sub_item__code=code,
            **{
                name if value is not None else f"{relation}__isnull": value if value is not None else True
                for relation, name, value in (
                    ("part", "part__code", part_code),
                    ("zone", "zone__code", zone_code),
                    ("year", "year", year),
                    ("authority", "authority__code", authority_code),
                )
            },
            condition=condition,
        )


class AssessmentQuerySet(QuerySet):
    def visible_to(self, user: User):
        return self.filter(commune_in_reach(user, "commune__"))

    def of_set(self, criteria_set):
        return self.filter(sub_item__criterion__criteria_set=criteria_set)

    def awaiting(self):
        """Those that no department has confirmed since their last change."""
        return self.exclude(status="").exclude(source=AssessmentSource.DEPARTMENT)

    def known_at(self, moment: datetime, name: str = "status") -> Subquery:
        """Return the expression of the field `name` as it was known at `moment`; None where nothing was yet."""
        changes = related_rows(self, "changes").filter(assessment=OuterRef("pk"), at__lte=moment)
        return Subquery(changes.order_by("-at", "-version").values(name)[:1])

    def with_status_at(self, moment: datetime):
        """Add `status_at`, what was known at `moment`; None where nothing was yet."""
        return self.annotate(status_at=self.known_at(moment))


class OfFindingQuerySet(QuerySet):
    """What happened to findings. After years these rows are many, and pages ask for the newest of them."""

    def visible_to(self, user: User):
        """Those about communes in the person's reach.

        Asked of each row, not by a join: the newest are then read along their index of time, and no others.
        """
        communes = Commune.objects.filter(commune_in_reach(user), pk=OuterRef("assessment__commune"))
        return self.filter(Exists(communes))


class AssessmentChangeQuerySet(OfFindingQuerySet):
    def for_list(self):
        """With who, what and where, of which a list names no more than this; newest first."""
        joined = self.select_related("by", *OF_WHAT)
        own = (field.name for field in self.model._meta.concrete_fields)
        return joined.only(*own, *NAMED_IN_HISTORY).order_by("-at", "-version")

    def for_setbacks(self):
        """With commune and sub-item, of which a line about a loss names no more than this; in no order."""
        joined = self.select_related("assessment__commune", "assessment__sub_item")
        return joined.only(*NAMED_IN_SETBACKS).order_by()

    def of_its_own(self):
        """Without what a unit took over when it got another name or authority: that says again what was known."""
        return self.filter(is_taken_over=False)

    def after_the_first(self):
        """Every change but the first entry: of the status, of a value, of what confirms them."""
        return self.of_its_own().exclude(from_status="")

    def real_changes(self):
        """Changes of the status; not the first entry."""
        return self.exclude(from_status="").exclude(from_status=F("status"))

    def lasting(self):
        """Without what was undone and its undoing: a slip is no change."""
        return self.filter(undoes__isnull=True, undone_by__isnull=True)

    def with_parts(self):
        """With the parts by whose names the values of a sub-item of several tests are told."""
        return self.prefetch_related("assessment__sub_item__parts")

    def with_confirmations(self):
        """Add `confirmed_by`, the department that let stand what stood, with its reason; "" for every other change."""
        same = {name: OuterRef(name) for name in ("assessment", "reason", "basis", "part_values")}
        stood = self.model._default_manager.filter(version=OuterRef("version") - 1, **same)
        keeps = Q(from_value=F("value")) | Q(from_value__isnull=True, value__isnull=True)
        is_said_again = keeps & Q(from_status=F("status"), undoes__isnull=True, source=AssessmentSource.DEPARTMENT)
        name = Coalesce(F("by__department__short_name"), Value("Phòng, ban"))
        return self.annotate(confirmed_by=Case(When(is_said_again & Exists(stood), then=name), default=Value("")))


class EvidenceEventQuerySet(OfFindingQuerySet):
    def for_list(self):
        """With who, what, where and the file, if it is still there; newest first."""
        return self.select_related("by", "evidence", *OF_WHAT).order_by("-at", "-pk")


class SubItemPlanQuerySet(QuerySet):
    def visible_to(self, user: User):
        return self.filter(commune_in_reach(user, "commune__"))


class EvidenceQuerySet(QuerySet):
    def visible_to(self, user: User):
        return self.filter(commune_in_reach(user, "commune__"))

    def of_unit(self, commune: Commune):
        """What was sent for `commune`, also while it had another name or authority."""
        return self.filter(commune__in=commune.selves)


class MonthlyReportQuerySet(QuerySet):
    def visible_to(self, user: User):
        return self.filter(commune_in_reach(user, "commune__"))

    def in_place_of(self, commune: Any):
        """Those of `commune` (a key, or what leads to one) and of the unit that has taken its place since."""
        paths = ("commune", "commune__predecessors", "commune__predecessors__predecessors")
        return self.filter(reduce(or_, (Q(**{path: commune}) for path in paths)))

    def unfinished(self):
        """What the commune or the office has still to do something for."""
        return self.exclude(status=ReportStatus.ACCEPTED)

    def going_on_from(self, day: date):
        """What is being written, and a unit under another name from `day` on goes on with.

        A month is the successor's to report from the one on whose last day it stands.
        """
        return self.filter(status=ReportStatus.DRAFT, first_submitted_at__isnull=True, month__gte=current_month(day))


class ReportLineQuerySet(QuerySet):
    def visible_to(self, user: User):
        return self.filter(commune_in_reach(user, "report__commune__"))


class ReportEventQuerySet(QuerySet):
    def visible_to(self, user: User):
        return self.filter(commune_in_reach(user, "report__commune__"))


class ReportRuleQuerySet(QuerySet):
    def visible_to(self, user: User):
        return self.filter(within_reach(user, "authority__"))
