"""The criteria results table of the recognition dossier: one row a sub-item of one commune."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F

from communes.models import Commune
from criteria.enums import ReportEventKind, ReportStatus, Status, ThresholdState
from criteria.models import MonthlyReport, SubItem
from criteria.selectors.commune import CommuneState, SubItemState, commune_state
from ntm_tracker.lib import clock
from ntm_tracker.lib.figures import vn_decimal

UNKNOWN = "Chưa biết mức quy định"
UNKNOWN_LEVELS: dict[str, str] = {ThresholdState.SET_BY_PROVINCE: "Chưa biết mức (do UBND tỉnh quy định)"}
# What was sent and is not back with the commune, so that its lines are those that it sent.
SENT = (ReportStatus.SUBMITTED, ReportStatus.ACCEPTED)


@dataclass(frozen=True)
class ResultRow:
    """A sub-item with what it requires, what was measured, what the commune says and what the district found."""

    state: SubItemState
    self_assessed: str

    @property
    def sub_item(self) -> SubItem:
        return self.state.sub_item

    @property
    def required(self) -> str:
        """Return the level for this commune and year in words; that it is unknown where it is, never nothing."""
        if self.state.parts:
            levels = [(part.name, part.required or UNKNOWN.lower()) for part in self.state.parts]
            text = "; ".join(f"{name}: {level}" for name, level in levels)
        else:
            text = self.state.required.text
        return text or UNKNOWN_LEVELS.get(self.sub_item.threshold_state, UNKNOWN)

    @property
    def is_required_known(self) -> bool:
        return self.state.required.is_known

    @property
    def is_required_verified(self) -> bool:
        """Whether the level and the words of the requirement were both checked against the decree."""
        return self.state.required.is_verified and self.sub_item.is_verified

    @property
    def measured(self) -> str:
        """Return the measured values in words, "" where none was entered."""
        parts = [f"{row.name}: {self._with_unit(row.value)}" for row in self.state.parts if row.value is not None]
        if parts:
            return "; ".join(parts)
        return self._with_unit(self.state.value) if self.state.value is not None else ""

    def _with_unit(self, value: object) -> str:
        unit = self.sub_item.unit
        return f"{vn_decimal(value)}%" if unit == "%" else f"{vn_decimal(value)} {unit}"  # type: ignore[arg-type]

    @property
    def verified(self) -> str:
        """Return what the district found, in words."""
        return str(Status(self.state.status).label) if self.state.status else "Chưa đánh giá"


@dataclass(frozen=True)
class ResultGroup:
    """The rows of one criterion."""

    number: int
    name: str
    rows: tuple[ResultRow, ...]


@dataclass(frozen=True)
class Results:
    """The whole table of one commune as known on `day`; `report` is the one with the commune's own findings.

    It may have been sent under an earlier name or authority.
    """

    commune: Commune
    day: date
    state: CommuneState
    groups: tuple[ResultGroup, ...]
    report: MonthlyReport | None

    @property
    def rows(self) -> tuple[ResultRow, ...]:
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def unverified(self) -> int:
        return sum(not row.is_required_verified for row in self.rows)

    @property
    def unknown(self) -> int:
        return sum(not row.is_required_known for row in self.rows)

    @property
    def assumptions(self) -> int:
        return sum(row.state.is_assumption for row in self.rows)


def results(commune: Commune, at: date | None = None) -> Results:
    """Return the results table of `commune` on a day, None for today."""
    state = commune_state(commune, at)
    day = at or clock.today()
    report = (
        MonthlyReport.objects.filter(
            commune__in=commune.selves,
            criteria_set=state.criteria_set,
            status__in=SENT,
            first_submitted_at__lte=clock.end_of(day),
        )
        .order_by("-month", F("commune__valid_to").desc(nulls_first=True))
        .first()
    )
    lines = _self_assessed(report) if report else {}
    groups = tuple(
        ResultGroup(
            number=criterion.criterion.number,
            name=criterion.criterion.name,
            rows=tuple(ResultRow(row, _word(lines.get(row.sub_item.code))) for row in criterion.sub_items),
        )
        for criterion in state.criteria
    )
    return Results(commune, day, state, groups, report)


def _self_assessed(report: MonthlyReport) -> dict[str, str]:
    """Return by code what the commune sent; what it changes in a reopened report doesn't count until it is sent."""
    if report.is_as_sent:
        return dict(report.lines.values_list("sub_item__code", "status"))
    sent = report.events.filter(kind=ReportEventKind.SUBMITTED).order_by("-pk").first()
    lines = sent.snapshot["content"]["lines"] if sent and sent.snapshot else []
    return {line["code"]: line["status"] for line in lines}


def _word(status: str | None) -> str:
    return str(Status(status).label) if status else ""
