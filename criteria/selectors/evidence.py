"""Which files support which sub-item of a commune, which wait in its tray, where evidence is missing.

A commune that got another name or authority has the files that it had before. What each of its rows
shows of them is its own: the files on its findings, and in its tray those on none of its findings.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Count, Prefetch, Q, QuerySet

from communes.models import Commune, User
from criteria.enums import EvidenceEventKind, Status
from criteria.models import Assessment, CriteriaSet, Criterion, Evidence, EvidenceEvent, SubItem
from criteria.selectors.progress import set_in_force
from ntm_tracker.lib import clock

UNASSESSED = "unassessed"


@dataclass(frozen=True)
class SubItemEvidence:
    """A sub-item of a commune with the files that support its finding."""

    commune: Commune
    sub_item: SubItem
    assessment: Assessment | None
    files: tuple[Evidence, ...]

    @property
    def sign(self) -> str:
        return (self.assessment.status if self.assessment else "") or UNASSESSED

    @property
    def is_missing(self) -> bool:
        """Whether it is said to be met and nothing shows it."""
        return self.sign == Status.MET and not self.files

    @property
    def placed(self) -> list[tuple[Evidence, str]]:
        """Each file with the codes of the other sub-items of the set that it supports too: "17.2, 18.1"."""
        criteria_set = self.sub_item.criterion.criteria_set_id
        return [
            (
                file,
                ", ".join(
                    finding.sub_item.code
                    for finding in file.assessments.all()
                    if finding.sub_item_id != self.sub_item.pk
                    and finding.sub_item.criterion.criteria_set_id == criteria_set
                ),
            )
            for file in self.files
        ]


@dataclass(frozen=True)
class CriterionEvidence:
    criterion: Criterion
    rows: tuple[SubItemEvidence, ...]

    @property
    def files_count(self) -> int:
        return sum(len(row.files) for row in self.rows)


@dataclass(frozen=True)
class Board:
    """Everything that a commune has sent.

    `earlier` are the files of sub-items of other criteria sets alone, each with those places in words.
    """

    commune: Commune
    rows: tuple[SubItemEvidence, ...]
    tray: tuple[Evidence, ...]
    earlier: tuple[tuple[Evidence, str], ...]
    files_count: int

    @property
    def missing(self) -> tuple[SubItemEvidence, ...]:
        return tuple(row for row in self.rows if row.is_missing)

    @property
    def met_count(self) -> int:
        return sum(row.sign == Status.MET for row in self.rows)

    def criteria(self, *, missing_only: bool = False, code: str = "") -> list[CriterionEvidence]:
        """Return the rows by criterion: all, those without evidence, or those whose code begins with `code`."""
        shown = [
            row
            for row in self.rows
            if (row.is_missing or not missing_only) and (not code or f"{row.sub_item.code}.".startswith(f"{code}."))
        ]
        return [
            CriterionEvidence(criterion, tuple(rows))
            for criterion, rows in groupby(shown, key=lambda row: row.sub_item.criterion)
        ]


def set_of(commune: Commune, at: date | None = None) -> CriteriaSet | None:
    """Return the set by which `commune` is measured now or was on the day `at`; one that has ended, on its last day."""
    last = commune.valid_to if commune.has_ended else None
    return set_in_force(at or last or clock.today(), commune.kind)


def evidence_board(commune: Commune, at: date | None = None) -> Board:
    """Return the files of `commune` by sub-item, newest first: now (six queries), or as they lay on the day `at`."""
    criteria_set = set_of(commune, at)
    files, findings = _files(commune), Assessment.objects.of_set(criteria_set).filter(commune=commune)
    if at:
        files = files.filter(uploaded_at__lte=clock.end_of(at))
        findings = findings.with_status_at(clock.end_of(at))
    of_day = {row.sub_item_id: row for row in findings}
    for row in of_day.values() if at else ():
        row.status = row.status_at or ""
    links = _links(commune, files, at)
    of_finding: dict[int, list[Evidence]] = defaultdict(list)
    current = {row.pk for row in of_day.values()}
    tray, earlier = [], []
    for file in files:
        linked = links[file.pk]
        for key in linked:
            of_finding[key].append(file)
        if not linked:
            tray.append(file)
        elif not current.intersection(linked):
            earlier.append((file, places_of(row for row in file.assessments.all() if row.pk in linked)))
    sub_items = SubItem.objects.of_set(criteria_set).select_related("criterion") if criteria_set else []
    return Board(
        commune=commune,
        rows=tuple(_row(commune, sub_item, of_day.get(sub_item.pk), of_finding) for sub_item in sub_items),
        tray=tuple(tray),
        earlier=tuple(earlier),
        files_count=len(files),
    )


def _links(commune: Commune, files: Iterable[Evidence], at: date | None) -> dict[int, set[int]]:
    """Return by file the findings that rest on it, or rested at the end of the day `at`, as its events tell.

    A link from before events were kept has stood since the file came.
    """
    links = {file.pk: {row.pk for row in file.assessments.all()} for file in files}
    if at is None:
        return links
    last: dict[tuple[int, int], bool] = {}
    events = EvidenceEvent.objects.filter(assessment__commune=commune, evidence__in=links).order_by("at", "pk")
    for file, finding, kind, moment in events.values_list("evidence", "assessment", "kind", "at"):
        last.setdefault((file, finding), False)
        if moment <= clock.end_of(at):
            last[file, finding] = kind == EvidenceEventKind.ATTACHED
    for (file, finding), rested in last.items():
        (links[file].add if rested else links[file].discard)(finding)
    return links


def _row(
    commune: Commune, sub_item: SubItem, finding: Assessment | None, of_finding: dict[int, list[Evidence]]
) -> SubItemEvidence:
    return SubItemEvidence(commune, sub_item, finding, tuple(of_finding[finding.pk]) if finding else ())


def _files(commune: Commune) -> QuerySet[Evidence]:
    """Return the files of `commune` and those on which its findings rest, each with its findings alone."""
    findings = Assessment.objects.filter(commune=commune).select_related("sub_item__criterion__criteria_set")
    links = Assessment.evidence.through.objects.filter(assessment__commune=commune)
    return (
        Evidence.objects.filter(Q(commune__in=commune.selves) | Q(pk__in=links.values("evidence")))
        .select_related("uploaded_by")
        .prefetch_related(Prefetch("assessments", findings))
        .order_by("-uploaded_at", "-pk")
    )


def codes_of(findings: Iterable[Assessment]) -> str:
    """Return "11, 17.2, 18.1"."""
    sub_items = {row.sub_item.code: row.sub_item for row in findings}
    ordered = sorted(sub_items, key=lambda code: [int(part) for part in code.split(".")])
    return ", ".join(sub_items[code].official_code for code in ordered)


def places_of(findings: Iterable[Assessment]) -> str:
    """Return "nội dung 17.1, 18.1, Bộ tiêu chí 2021–2025"; of several sets the newest first."""
    of_set: dict[CriteriaSet, list[Assessment]] = defaultdict(list)
    for row in findings:
        of_set[row.sub_item.criterion.criteria_set].append(row)
    ordered = sorted(of_set, key=lambda row: row.effective_from, reverse=True)
    return "; ".join(f"nội dung {codes_of(of_set[row])}, {row.short_name}" for row in ordered)


def former_units(commune: Commune, user: User) -> list[Commune]:
    """Return the ended units of which `commune` was made: their evidence stays with them. Those that `user` may see."""
    ended = Commune.objects.visible_to(user).filter(successor__in=commune.selves)
    return list(ended.exclude(pk__in=commune.selves).order_by("sort_key", "code"))


def evidence_of_sub_item(commune: Commune, code: str, at: date | None = None) -> SubItemEvidence | None:
    """Return the files of one sub-item of the set in force, or as they lay on the day `at`; None without such one."""
    criteria_set = set_of(commune, at)
    sub_items = SubItem.objects.of_set(criteria_set).select_related("criterion").prefetch_related("guides")
    sub_item = sub_items.filter(code=code).first() if criteria_set else None
    if sub_item is None:
        return None
    if at:
        return next(row for row in evidence_board(commune, at).rows if row.sub_item == sub_item)
    finding = Assessment.objects.filter(commune=commune, sub_item=sub_item).first()
    files = tuple(_files(commune).filter(assessments=finding)) if finding else ()
    return SubItemEvidence(commune, sub_item, finding, files)


@dataclass(frozen=True)
class CommuneEvidence:
    """How well a commune's findings are supported."""

    commune: Commune
    files: int
    in_tray: int
    met: int
    supported: int

    @property
    def missing(self) -> int:
        return self.met - self.supported


def evidence_by_commune(user: User) -> list[CommuneEvidence]:
    """Return a row for each commune in the person's reach, by name (seven queries, and one a step to earlier names)."""
    today = clock.today()
    criteria_set = set_in_force(today)
    if criteria_set is None:
        return []
    units = list(
        Commune.objects.visible_to(user).valid_on(today).of_kind(criteria_set.unit_kind).order_by("sort_key", "code")
    )
    met = Assessment.objects.of_set(criteria_set).filter(commune__in=units, status=Status.MET)
    totals, trays = _file_counts([unit.pk for unit in units])
    findings = _counts(met)
    supported = _counts(met.filter(evidence__isnull=False))
    return [
        CommuneEvidence(unit, totals[unit.pk], trays[unit.pk], findings[unit.pk], supported[unit.pk]) for unit in units
    ]


def _file_counts(units: list[int]) -> tuple[Counter[int], Counter[int]]:
    """Return by unit how many files it has, and how many of them support none of its findings."""
    unit_of = Commune.objects.selves_of(units)
    totals: Counter[int] = Counter()
    for sender, count in _counts(Evidence.objects.filter(commune__in=unit_of)).items():
        totals[unit_of[sender]] += count
    trays = totals.copy()
    links = Assessment.evidence.through.objects.filter(assessment__commune__in=units).order_by()
    pairs = links.values("evidence__commune", "assessment__commune")
    for row in pairs.annotate(count=Count("evidence", distinct=True)):
        sender, unit, count = row["evidence__commune"], row["assessment__commune"], row["count"]
        if unit_of.get(sender) == unit:
            trays[unit] -= count
        else:  # a file of a unit that ended in this one
            totals[unit] += count
    return totals, trays


def _counts(rows: QuerySet) -> dict[int, int]:
    counted = rows.order_by().values("commune").annotate(count=Count("pk", distinct=True))
    return defaultdict(int, counted.values_list("commune", "count"))


def missing_total(rows: Iterable[CommuneEvidence]) -> int:
    return sum(row.missing for row in rows)
