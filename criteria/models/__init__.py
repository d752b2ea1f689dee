"""What: the criteria catalogue, the findings on it, the reports and the evidence."""

from criteria.models.assessment import Assessment, AssessmentChange, EvidenceEvent, SubItemPlan
from criteria.models.calendar import DayException, ReportRule
from criteria.models.catalogue import (
    CommuneZone,
    CriteriaGroup,
    CriteriaSet,
    Criterion,
    Source,
    SubItem,
    SubItemGuide,
    SubItemPart,
    Threshold,
    Zone,
)
from criteria.models.evidence import Evidence
from criteria.models.report import LineOpinion, MonthlyReport, ReportEvent, ReportFile, ReportLine

__all__ = [
    "Assessment",
    "AssessmentChange",
    "CommuneZone",
    "CriteriaGroup",
    "CriteriaSet",
    "Criterion",
    "DayException",
    "Evidence",
    "EvidenceEvent",
    "LineOpinion",
    "MonthlyReport",
    "ReportEvent",
    "ReportFile",
    "ReportLine",
    "ReportRule",
    "Source",
    "SubItem",
    "SubItemGuide",
    "SubItemPart",
    "SubItemPlan",
    "Threshold",
    "Zone",
]
