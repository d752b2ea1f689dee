"""Every write on a task. Each is one door: keyword-only, all or nothing, only upon the version that was shown."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, ProtectedError, Q
from django.utils.text import capfirst

from communes.messages import staff_of, tell
from communes.models import Authority, Commune, Department, User
from criteria.exceptions import SomebodyWasFaster
from criteria.models import Evidence, SubItem
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import nfc
from tasks.enums import ExtensionDecision, NoticeStatus, Recurrence, TaskStatus, TaskUpdateKind
from tasks.models import ExtensionRequest, NoticePoint, ProposalReply, Task, TaskSupport, TaskUpdate
from tasks.models.task import check_not_too_far
from tasks.services import touch_draft
from tasks.work.sides import Side, Stand, Unit, stand_of

WAITING = "Thông báo giao nhiệm vụ này chưa ban hành. Hãy báo cáo sau khi thông báo được ban hành."


@dataclass(frozen=True)
class Part:
    """A unit that helps, and what it answers for."""

    unit: Unit
    text: str = ""


@dataclass(frozen=True)
class Plan:
    """What a task asks for. Without `due_on` and `recurrence_day` it is standing work."""

    text: str
    lead: Unit
    commune: Commune | None = None
    supports: tuple[Part, ...] = ()
    sub_items: tuple[SubItem, ...] = ()
    due_on: date | None = None
    recurrence_day: int | None = None
    is_monthly_report: bool = False
    note: str = ""

    def fields(self) -> dict[str, Any]:
        """Return the columns of the task itself."""
        return {
            "text": nfc(self.text.strip()),
            "note": nfc(self.note.strip()),
            "commune": self.commune,
            "lead_department": self.lead if isinstance(self.lead, Department) else None,
            "lead_commune": self.lead if isinstance(self.lead, Commune) else None,
            "due_on": None if self.recurrence_day else self.due_on,
            "recurrence": Recurrence.MONTHLY if self.recurrence_day else Recurrence.NONE,
            "recurrence_day": self.recurrence_day,
            "is_monthly_report": bool(self.recurrence_day) and self.is_monthly_report,
        }


def plan_of(task: Task) -> Plan:
    """Return what `task` asks for as it stands."""
    rows = [(row.department or row.commune, row.part) for row in task.supports.select_related("department", "commune")]
    lead = task.lead
    assert lead is not None  # noqa: S101  the constraint of the table
    return Plan(
        text=task.text,
        lead=lead,
        commune=task.commune,
        supports=tuple(Part(unit, part) for unit, part in rows if unit),
        sub_items=tuple(task.sub_items.all()),
        due_on=task.due_on,
        recurrence_day=task.recurrence_day,
        is_monthly_report=task.is_monthly_report,
        note=task.note,
    )


# Assigning and changing


@transaction.atomic
def assign_task(
    *,
    authority: Authority,
    plan: Plan,
    by: User,
    point: NoticePoint | None = None,
    reply: ProposalReply | None = None,
    assigned_on: date | None = None,
    at: datetime | None = None,
) -> Task:
    """Assign what `plan` says, from a point of a notice, from a reply to a proposal, or on its own.

    The units are told at once; those of a draft's tasks by the message of its issue. Raises ValidationError, by
    field, for what cannot be.
    """
    moment = at or clock.now()
    task = Task(
        authority=authority,
        reference=f"nhiem-vu-{secrets.token_hex(6)}",
        point=point,
        reply=reply,
        assigned_on=assigned_on or clock.day_of(moment),
        **plan.fields(),
    )
    _check_units(task, plan)
    _save(task, by, moment)
    task.sub_items.set(plan.sub_items)
    _set_supports(task, plan.supports)
    if task.origin:
        NoticePoint.objects.filter(pk=task.origin.pk).update(creates_no_task=False)
    touch_draft(task.notice)
    if is_in_force(task):
        tell_assigned(task, at=moment)
    return task


@transaction.atomic
def change_task(*, task: Task, plan: Plan, by: User, expected_version: int, at: datetime | None = None) -> Task:
    """Change what a task asks for; what changed stands in its course, which begins when it is in force.

    The first day of a task in force is kept: a later one is granted as an extension. Raises ValidationError, by
    field, and `SomebodyWasFaster`.
    """
    moment, fields = at or clock.now(), plan.fields()
    current = _claimed(task, expected_version)
    if is_in_force(current) and current.due_on and fields["due_on"] != current.due_on:
        raise ValidationError(
            {"due_on": f"Hạn ban đầu {clock.vn_date(current.due_on)} được giữ. Muốn lùi hạn, hãy gia hạn nhiệm vụ."}
        )
    before = _facts(current)
    informed = {current.lead, *(support.department or support.commune for support in current.supports.all())}
    for name, value in fields.items():
        setattr(current, name, value)
    _check_units(current, plan)
    _save(current, by, moment)
    current.sub_items.set(plan.sub_items)
    _set_supports(current, plan.supports)
    text = _differences(before, _facts(current))
    # First this: a draft that is issued meanwhile says so from here on.
    touch_draft(current.notice)
    if not is_in_force(current):
        return current
    if text:
        TaskUpdate.objects.create(task=current, kind=TaskUpdateKind.CHANGED, at=moment, by=by, text=text)
    _tell_new_units(current, informed, moment)
    return current


def _check_units(task: Task, plan: Plan) -> None:
    errors: dict[str, str] = {}
    if not task.text:
        errors["text"] = "Hãy ghi nội dung nhiệm vụ."
    units = [plan.lead, *(part.unit for part in plan.supports), *([plan.commune] if plan.commune else [])]
    if any(unit.authority_id != task.authority_id for unit in units):
        errors["lead"] = f"Chỉ giao được cho phòng, ban và xã của {task.authority}."
    if len({_key(unit) for unit in units[: 1 + len(plan.supports)]}) < 1 + len(plan.supports):
        errors["supports"] = "Mỗi đơn vị chỉ ghi một lần; đơn vị chủ trì không ghi lại ở phần phối hợp."
    if task.due_on and task.due_on < task.assigned_on:
        errors["due_on"] = f"Hạn không thể trước ngày giao {clock.vn_date(task.assigned_on)}."
    if task.is_monthly_report and not task.lead_commune:
        errors["is_monthly_report"] = "Báo cáo tháng do xã gửi, nên đơn vị chủ trì phải là xã."
    if errors:
        raise ValidationError(errors)
    check_not_too_far(task.due_on, "due_on")


def _key(unit: Unit | None) -> tuple[str, int]:
    """Return what tells units apart: departments and communes are numbered each on their own."""
    return (type(unit).__name__, unit.pk) if unit else ("", 0)


def _set_supports(task: Task, parts: Sequence[Part]) -> None:
    """Make `parts` the supporting units; one that has reported stays in the course and cannot leave."""
    wanted = {_key(part.unit): part for part in parts}
    for row in task.supports.select_related("department", "commune"):
        unit = row.department or row.commune
        part = wanted.pop(_key(unit), None)
        if part is None:
            try:
                row.delete()
            except ProtectedError:
                raise ValidationError({"supports": f"{unit} đã báo cáo phần việc nên không bỏ ra được."}) from None
        elif part.text != row.part:
            row.part = part.text
            row.save(update_fields=["part"])
    for part in wanted.values():
        name = "department" if isinstance(part.unit, Department) else "commune"
        TaskSupport.objects.create(task=task, part=nfc(part.text.strip()), **{name: part.unit})


def _facts(task: Task) -> dict[str, str]:
    """Return what a task asks for in words, by the name of the fact."""
    supports = task.supports.select_related("department", "commune")
    when = f"ngày {task.recurrence_day} hằng tháng" if task.recurrence else clock.vn_date(task.due_on or date.max)
    return {
        "nội dung": task.text,
        "ghi chú": task.note or "không",
        "về xã": str(task.commune or "không"),
        "chủ trì": str(task.lead),
        "phối hợp": "; ".join(f"{row}{f' ({row.part})' if row.part else ''}" for row in supports) or "không",
        "hạn": "thường xuyên" if task.is_standing else when,
        "nội dung tiêu chí": ", ".join(row.official_code for row in task.sub_items.order_by("pk")) or "không",
    }


def _differences(before: dict[str, str], after: dict[str, str]) -> str:
    return "\n".join(f"{name}: {before[name]} → {after[name]}" for name in after if before[name] != after[name])


@transaction.atomic
def mark_conclusion(*, point: NoticePoint, creates_no_task: bool) -> None:
    """Mark that no task arises from a conclusion or from the reply to a proposal, or take the mark back.

    Raises ValidationError where one did.
    """
    arisen = Task.objects.filter(Q(point=point) | Q(reply__proposal__point=point))
    if creates_no_task and arisen.exists():
        raise ValidationError("Kết luận này đã có nhiệm vụ nên không đánh dấu được.")
    NoticePoint.objects.filter(pk=point.pk).update(creates_no_task=creates_no_task)
    touch_draft(point.section.notice)


# Reports


@transaction.atomic
def report_progress(
    *,
    task: Task,
    by: User,
    text: str,
    expected_version: int,
    share_done: int | None = None,
    month: date | None = None,
    evidence: Collection[Evidence] = (),
    at: datetime | None = None,
) -> TaskUpdate:
    """Tell how far the work is; of a supporting unit, its part. `month` (its first day) answers monthly work.

    Raises ValidationError when nothing can be reported now, PermissionDenied for whoever isn't involved,
    `SomebodyWasFaster`.
    """
    current, stand = _for_report(task, by, expected_version)
    if month and not (current.recurrence and stand.leads):
        raise ValidationError("Chỉ đơn vị chủ trì việc hằng tháng mới báo cáo cho một tháng.")
    return _update(
        current,
        TaskUpdateKind.PROGRESS,
        by,
        text,
        at,
        evidence,
        support=stand.support,
        share_done=share_done,
        month=month,
    )


@transaction.atomic
def report_done(
    *,
    task: Task,
    by: User,
    text: str,
    expected_version: int,
    evidence: Collection[Evidence] = (),
    at: datetime | None = None,
) -> TaskUpdate:
    """Report the work done: the lead the whole of it, a supporting unit its part. The moment counts for lateness.

    Raises as `report_progress` does.
    """
    moment = at or clock.now()
    current, stand = _for_report(task, by, expected_version)
    if not stand.leads:
        update = _update(current, TaskUpdateKind.PART_DONE, by, text, moment, evidence, support=stand.support)
        _tell(current, f"part-{update.pk}", f"{stand.support} báo xong phần phối hợp", [current.lead], moment)
        return update
    update = _update(current, TaskUpdateKind.DONE, by, text, moment, evidence, share_done=100)
    _move(current, TaskStatus.DONE, by, moment)
    _withdraw_extension(current, by, moment)
    _tell(current, f"done-{update.pk}", f"{current.lead} báo hoàn thành, chờ xác nhận", [current.authority], moment)
    return update


@transaction.atomic
def confirm_task(
    *, task: Task, by: User, expected_version: int, text: str = "", at: datetime | None = None
) -> TaskUpdate:
    """Confirm what was reported done; standing and monthly work without a report is ended by it.

    Raises ValidationError for a task that isn't done or whose extension waits to be decided, `SomebodyWasFaster`.
    """
    moment, current = at or clock.now(), _claimed(task, expected_version)
    ends = current.status == TaskStatus.OPEN and (current.is_standing or current.recurrence)
    if current.status != TaskStatus.DONE and not (ends and is_in_force(current)):
        raise ValidationError("Chỉ xác nhận được nhiệm vụ mà đơn vị chủ trì đã báo hoàn thành.")
    if asked := current.extensions.filter(decision=ExtensionDecision.PENDING).first():
        day = clock.vn_date(asked.new_due_on)
        raise ValidationError(f"Hãy quyết định đề nghị gia hạn đến {day} trước: nó định nhiệm vụ có muộn hay không.")
    update = _update(current, TaskUpdateKind.CONFIRMED, by, text or "Xác nhận hoàn thành.", moment)
    _move(current, TaskStatus.CONFIRMED, by, moment)
    _tell(current, f"confirmed-{update.pk}", "Đã xác nhận hoàn thành", _units(current), moment)
    return update


@transaction.atomic
def send_back(*, task: Task, by: User, reason: str, expected_version: int, at: datetime | None = None) -> TaskUpdate:
    """Send a task reported done back to its lead with a reason. Raises ValidationError, `SomebodyWasFaster`."""
    moment, current = at or clock.now(), _claimed(task, expected_version)
    if current.status != TaskStatus.DONE:
        raise ValidationError("Chỉ trả lại được nhiệm vụ đang chờ xác nhận.")
    update = _update(current, TaskUpdateKind.SENT_BACK, by, reason, moment)
    _move(current, TaskStatus.OPEN, by, moment)
    _tell(current, f"sent-back-{update.pk}", "Yêu cầu làm tiếp", _units(current), moment, reason=update.text)
    return update


def _for_report(task: Task, by: User, expected_version: int) -> tuple[Task, Stand]:
    """Return the task and where `by` stands; a supporting unit answers for its part until all is confirmed."""
    current = _claimed(task, expected_version)
    stand = stand_of(by, current)
    if stand is None:
        raise PermissionDenied("tasks.update_task")
    if not is_in_force(current):
        raise ValidationError(WAITING)
    if current.status == TaskStatus.CONFIRMED:
        raise ValidationError("Nhiệm vụ đã được xác nhận hoàn thành nên không cập nhật tiếp được.")
    if current.status == TaskStatus.DONE and stand.leads:
        raise ValidationError("Nhiệm vụ đã báo hoàn thành; chỉ cập nhật tiếp được khi huyện yêu cầu làm tiếp.")
    return current, stand


def _update(
    task: Task,
    kind: TaskUpdateKind,
    by: User,
    text: str,
    at: datetime | None,
    evidence: Iterable[Evidence] = (),
    **more: Any,
) -> TaskUpdate:
    text = nfc(text.strip())
    if not text:
        raise ValidationError({"text": "Hãy ghi nội dung: đã làm gì, kết quả ra sao."})
    update = TaskUpdate.objects.create(task=task, kind=kind, at=at or clock.now(), by=by, text=text, **more)
    update.evidence.set(evidence)
    return update


# Extensions


@transaction.atomic
def ask_extension(
    *, task: Task, by: User, new_due_on: date, reason: str, expected_version: int, at: datetime | None = None
) -> ExtensionRequest:
    """Ask for a later day, or, as the office, grant it at once. The first day stays on the task.

    Raises ValidationError by field, PermissionDenied for whoever doesn't lead, `SomebodyWasFaster`.
    """
    moment = at or clock.now()
    current, stand = _for_report(task, by, expected_version)
    if not stand.leads:
        raise PermissionDenied("tasks.update_task")
    _check_extension(current, new_due_on, reason)
    if stand.side != Side.OFFICE and new_due_on < clock.day_of(moment):
        raise ValidationError({"new_due_on": f"Ngày {clock.vn_date(new_due_on)} đã qua. Hãy ghi một ngày sắp tới."})
    request = ExtensionRequest.objects.create(
        task=current, new_due_on=new_due_on, reason=nfc(reason.strip()), asked_by=by, asked_at=moment
    )
    if stand.side == Side.OFFICE:
        _decide(request, by, moment, grant=True, comment="")
    else:
        asked = f"{current.lead} xin gia hạn đến {clock.vn_date(new_due_on)}"
        _tell(current, f"extension-{request.pk}", asked, [current.authority], moment)
    return request


def _check_extension(task: Task, new_due_on: date, reason: str) -> None:
    if task.due_on is None:
        raise ValidationError("Nhiệm vụ này không ghi hạn nên không cần gia hạn.")
    if task.extensions.filter(decision=ExtensionDecision.PENDING).exists():
        raise ValidationError("Đang có một đề nghị gia hạn chờ quyết định.")
    due_on = _due_on(task)
    if new_due_on <= due_on:
        raise ValidationError({"new_due_on": f"Hạn mới phải sau hạn hiện nay {clock.vn_date(due_on)}."})
    check_not_too_far(new_due_on, "new_due_on")
    if not reason.strip():
        raise ValidationError({"reason": "Hãy ghi lý do cần thêm thời gian."})


def _due_on(task: Task) -> date:
    """Return the day that counts now of a task that has one."""
    due_on: date = Task.objects.with_current_due().get(pk=task.pk).current_due
    return due_on


def _withdraw_extension(task: Task, by: User, moment: datetime) -> None:
    """Close the request that waits once the work is done within its day.

    Of work done after it the request stays: whether it is granted says whether the work came late.
    """
    asked = task.extensions.filter(decision=ExtensionDecision.PENDING).first()
    if asked and clock.day_of(moment) <= _due_on(task):
        asked.decision, asked.decided_by, asked.decided_at = ExtensionDecision.WITHDRAWN, by, moment
        asked.save()


@transaction.atomic
def decide_extension(
    *,
    extension: ExtensionRequest,
    by: User,
    grant: bool,
    expected_version: int,
    comment: str = "",
    at: datetime | None = None,
) -> ExtensionRequest:
    """Grant or refuse a later day; `expected_version` is the task's. A refusal says why.

    Raises ValidationError, `SomebodyWasFaster`.
    """
    _claimed(extension.task, expected_version)
    current = ExtensionRequest.objects.select_related("task").get(pk=extension.pk)
    if current.decision != ExtensionDecision.PENDING:
        raise ValidationError("Đề nghị gia hạn này đã được quyết định.")
    if not grant and not comment.strip():
        raise ValidationError({"comment": "Không đồng ý thì phải ghi lý do."})
    _decide(current, by, at or clock.now(), grant=grant, comment=comment)
    return current


def _decide(request: ExtensionRequest, by: User, moment: datetime, *, grant: bool, comment: str) -> None:
    request.decision = ExtensionDecision.GRANTED if grant else ExtensionDecision.REFUSED
    request.decided_by, request.decided_at, request.comment = by, moment, nfc(comment.strip())
    request.save()
    day = clock.vn_date(request.new_due_on)
    said = f"{'Được' if grant else 'Không được'} gia hạn đến {day}"
    reason = "" if grant else request.comment
    _tell(request.task, f"extension-{request.pk}-decided", said, _units(request.task), moment, reason=reason)


# What they share


def is_in_force(task: Task) -> bool:
    """Whether somebody has to do it: neither its notice nor the reply that gives it is still a draft."""
    notice = task.notice
    return task.reply is None if notice is None else notice.status != NoticeStatus.DRAFT


def tell_assigned(task: Task, *, at: datetime | None = None) -> None:
    """Tell lead and supporting units of a task in force, once."""
    moment = at or clock.now()
    _tell(task, "assigned", "Được giao chủ trì", [task.lead], moment)
    _tell(task, "assigned", "Được giao phối hợp", _units(task)[1:], moment)


def _tell_new_units(task: Task, informed: Collection[Any], moment: datetime) -> None:
    new = [unit for unit in _units(task) if unit not in informed]
    for unit in new:
        said = "Được giao chủ trì" if unit == task.lead else "Được giao phối hợp"
        _tell(task, f"assigned-v{task.version}", said, [unit], moment)


def _units(task: Task) -> list[Any]:
    """Return the lead and the supporting units."""
    supports = task.supports.select_related("department", "commune")
    return [task.lead, *(row.department or row.commune for row in supports)]


def _tell(task: Task, event: str, said: str, units: Iterable[Any], moment: datetime, *, reason: str = "") -> None:
    people = [person for unit in units if unit for person in staff_of(unit)]
    text = capfirst(f"{said}: {task}{f'. Lý do: {reason}' if reason else ''}")
    tell(people=people, key=f"task-{task.pk}-{event}", text=text, url=task.get_absolute_url(), at=moment)


def _claimed(task: Task, expected_version: int) -> Task:
    """Take the task, only if it still has the version that was shown; return it fresh."""
    rows = Task.objects.filter(pk=task.pk)
    if not rows.filter(version=expected_version).update(version=F("version") + 1):
        raise SomebodyWasFaster(rows.get())
    return rows.for_list().select_related("authority").get()


def _move(task: Task, status: TaskStatus, by: User, moment: datetime) -> None:
    task.status = status
    _save(task, by, moment)


def _save(task: Task, by: User, moment: datetime) -> None:
    """Save with the history entry in the name of `by` at `moment`."""
    task._history_user, task._history_date = by, moment  # type: ignore[attr-defined]
    task.save()
