"""Then: the conclusion notices, the tasks in them and the proposals answered."""

from tasks.models.notice import (
    Citation,
    Notice,
    NoticeAttendee,
    NoticeFile,
    NoticePoint,
    NoticeRecipient,
    NoticeSection,
)
from tasks.models.proposal import Proposal, ProposalReply
from tasks.models.task import ExtensionRequest, Task, TaskFeed, TaskSupport, TaskUpdate

__all__ = [
    "Citation",
    "ExtensionRequest",
    "Notice",
    "NoticeAttendee",
    "NoticeFile",
    "NoticePoint",
    "NoticeRecipient",
    "NoticeSection",
    "Proposal",
    "ProposalReply",
    "Task",
    "TaskFeed",
    "TaskSupport",
    "TaskUpdate",
]
