"""The timeline of a cell, a commune and the district: changes of status, files put to sub-items and taken off."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from operator import attrgetter
from typing import overload

from django.db.models import BooleanField, QuerySet, Value
from django.utils import timezone

from communes.models import Commune, User
from criteria.enums import EvidenceEventKind
from criteria.models import Assessment, AssessmentChange, EvidenceEvent
from criteria.querysets import AssessmentChangeQuerySet
from ntm_tracker.lib import clock

LogEntry = AssessmentChange | EvidenceEvent
# So many events are read for one entry of a short timeline: an upload has no more files.
MOST_JOINED = 50
# So many rows at once are read of a timeline that is run through from end to end.
CHUNK = 1000


@dataclass(frozen=True)
class JoinedEvents:
    """What one person put to findings, or took off them, on one day: one entry of a short timeline."""

    newest: EvidenceEvent
    files: int
    sub_items: int
    is_of_evidence = True
    is_joined = True

    @property
    def at(self) -> datetime:
        return self.newest.at

    @property
    def by(self) -> User | None:
        return self.newest.by

    @property
    def is_attached(self) -> bool:
        return self.newest.kind == EvidenceEventKind.ATTACHED


Entry = LogEntry | JoinedEvents


def timeline(commune: Commune, *, until: date, limit: int = 10) -> list[Entry]:
    """Return the newest entries of one commune, first findings left out (three queries).

    Many files that were sent at once are one entry: they would push every change out.
    """
    asked = {"assessment__commune__in": commune.selves, "at__lte": clock.end_of(until)}
    rows = AssessmentChange.objects.filter(**asked).after_the_first()
    changes = rows.for_list().with_parts().with_confirmations()[:limit]
    events = joined(EvidenceEvent.objects.filter(**asked).for_list()[: limit * MOST_JOINED])
    return list(merge(changes, events, key=attrgetter("at"), reverse=True))[:limit]


def joined(events: Iterable[EvidenceEvent]) -> list[EvidenceEvent | JoinedEvents]:
    """Join those of one person, kind and day, at the moment of their newest one; one alone stays as it is."""
    found: dict[tuple[int | None, str, date], list[EvidenceEvent]] = defaultdict(list)
    for event in events:
        found[event.by_id, event.kind, timezone.localdate(event.at)].append(event)
    return [
        rows[0]
        if len(rows) == 1
        else JoinedEvents(
            newest=rows[0],
            files=len({row.evidence_id or row.file_name for row in rows}),
            sub_items=len({row.assessment.sub_item_id for row in rows}),
        )
        for rows in found.values()
    ]


def timeline_of_finding(finding: Assessment, limit: int | None = None) -> list[LogEntry]:
    """Return what happened to one finding, the newest first, up to `limit` entries (two queries).

    Of one that was carried over, also what happened to it before, in the unit of another name or authority;
    of one moment, what was carried over comes first.
    """
    changes = finding.changes.with_confirmations().select_related("by").order_by("-at", "-version")[:limit]
    events = finding.evidence_events.select_related("by", "evidence").order_by("-at", "-pk")[:limit]
    found = list(in_order(changes, events))[:limit]
    if any(isinstance(row, AssessmentChange) and row.is_taken_over for row in found):
        before = Assessment.objects.filter(commune__successor=finding.commune_id, sub_item=finding.sub_item_id)
        for earlier in before.select_related("commune"):
            known = timeline_of_finding(earlier, limit)
            found = list(merge(found, known, key=attrgetter("at"), reverse=True))[:limit]
    return found


def in_order(changes: Iterable[AssessmentChange], events: Iterable[EvidenceEvent]) -> Iterator[LogEntry]:
    """Give both, each the newest first already, as one; of one moment the change comes first."""
    return merge(changes, events, key=attrgetter("at"), reverse=True)


class Timeline:
    """Changes and events together, the newest first, to be counted so far, cut into pages and run through.

    A page costs one query for what stands on it, and one more for each of the two kinds.
    """

    def __init__(self, changes: AssessmentChangeQuerySet, events: QuerySet[EvidenceEvent]):
        self.changes, self.events = changes, events
        places = [
            rows.order_by().annotate(is_event=Value(is_event, BooleanField())).values_list("at", "is_event", "pk")
            for rows, is_event in ((changes, False), (events, True))
        ]
        self.places = places[0].union(places[1], all=True).order_by("-at", "is_event", "-pk")

    def count(self, most: int) -> int:
        """Return how many there are, at most `most`: after years, to count them all would take longer than the page."""
        kinds = (self.changes, self.events)
        return min(most, sum(rows.order_by()[:most].count() for rows in kinds))

    @overload
    def __getitem__(self, part: int) -> LogEntry: ...
    @overload
    def __getitem__(self, part: slice) -> list[LogEntry]: ...
    def __getitem__(self, part: int | slice) -> LogEntry | list[LogEntry]:
        if isinstance(part, int):
            return self[part : part + 1][0]
        places = list(self.places[part])
        found: dict[tuple[bool, int], LogEntry] = {}
        for rows, is_event in ((self.changes.with_confirmations(), False), (self.events, True)):
            keys = [key for _, kind, key in places if bool(kind) == is_event]
            found |= {(is_event, row.pk): row for row in rows.filter(pk__in=keys)}
        return [found[bool(kind), key] for _, kind, key in places]

    def __iter__(self) -> Iterator[LogEntry]:
        newest = ("-at", "-pk")
        changes = self.changes.with_confirmations().order_by(*newest)
        return in_order(changes.iterator(CHUNK), self.events.order_by(*newest).iterator(CHUNK))
