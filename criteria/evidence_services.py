"""What happens to evidence: sent, put to sub-items, described, deleted."""

import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import partial
from hashlib import sha256

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.text import capfirst

from communes.exceptions import UnitEnded
from communes.models import Commune, User
from communes.services import hold_communes
from criteria.models import Assessment, Evidence, SubItem
from criteria.reports.snapshot import sent_with
from criteria.selectors.evidence import codes_of, places_of, set_of
from criteria.services import attach_evidence, detach_evidence
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import nfc
from ntm_tracker.lib.uploads import KINDS, Accepted, Refused, inspect, plain_name
from ntm_tracker.lib.uploads.images import redrawn

logger = logging.getLogger(__name__)

# "18.1_bien ban.pdf", "18-1 …", "08.1.pdf". The same sign and a digit again make it a date: 05.4.2023.
_CODE = re.compile(r"\s*0*(\d{1,2})([.\-_ ])0*(\d{1,2})(?!\d|\2\d)")
# "11_ho ngheo.pdf": what is the only one of its criterion bears the criterion's number alone.
_ONLY = re.compile(r"\s*([1-9]\d?)_\s*(?=\D)")
ACTION = "criteria.add_evidence"


class Result(Enum):
    """What became of a file that was sent."""

    ATTACHED = "attached"
    TRAY = "tray"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """One file of an upload: what became of it and a sentence that says so.

    `named` is the code at the start of its name where it went to another sub-item; put to `move_to`, it is
    there instead ("" where the person can't put it there).
    """

    name: str
    result: Result
    sentence: str
    evidence: Evidence | None = None
    is_new: bool = False
    named: str = ""
    move_to: str = ""

    @property
    def is_kept(self) -> bool:
        return self.result != Result.REFUSED

    @property
    def kind(self) -> str:
        """Return what it counts as: "new", "known" or "refused"."""
        return "new" if self.is_new else "known" if self.is_kept else "refused"


def told_counts(outcomes: Iterable[Outcome]) -> str:
    """Return "7 tệp mới, 1 trùng, 4 không nhận"; static/js/evidence.js says the same."""
    counts = Counter(outcome.kind for outcome in outcomes)
    told = {"trùng": counts["known"], "không nhận": counts["refused"]}
    return ", ".join([f"{counts['new']} tệp mới", *(f"{count} {what}" for what, count in told.items() if count)])


def code_in(name: str) -> str:
    """Return the sub-item's code at the start of a file name, "" where there is none."""
    if found := _CODE.match(name):
        return f"{found[1]}.{found[3]}"
    only = _ONLY.match(name)
    return only[1] if only else ""


def upload_evidence(
    *,
    commune: Commune,
    files: Iterable[UploadedFile],
    by: User,
    sub_item: SubItem | None = None,
    before: Collection[str] = (),
) -> list[Outcome]:
    """Take in `files` for `commune`, each on its own: what can't be kept is refused, the rest stays.

    A file goes to the sub-item whose code stands at the start of its name, or to `sub_item` if that is
    given; without a finding to support it waits in the tray. A file that the commune already has is not
    kept twice. `before` are the tokens of what was kept of the same choice of files by requests before this one.
    Raises `PermissionDenied` when the person may send nothing at all.
    """
    if not by.has_perm(ACTION, commune):
        raise PermissionDenied(ACTION)
    desk = _Desk(commune, by, sub_item, before)
    return [desk.take(file) for file in files]


def keep_files(*, commune: Commune, files: Iterable[UploadedFile], by: User) -> list[Outcome]:
    """Take in `files` about `commune` that support something else than a finding, such as a report on a task.

    The caller has asked whether the person may, and links what is kept.
    """
    desk = _Desk(commune, by, None)
    return [desk.keep(file) for file in files]


def by_any_code(sub_items: Iterable[SubItem]) -> dict[str, SubItem]:
    """Return the sub-items by their code and by the one that the decision prints: "11" is 11.1 where that is alone."""
    rows = list(sub_items)
    return {row.official_code: row for row in rows} | {row.code: row for row in rows}


class _Desk:
    """Sorts the files of one upload; the catalogue and the findings are read once."""

    def __init__(self, commune: Commune, by: User, sub_item: SubItem | None, before: Collection[str] = ()):
        self.commune, self.by, self.chosen = commune, by, sub_item
        self.just_kept = set(before)
        sub_items = SubItem.objects.of_set(set_of(commune)).select_related("criterion").prefetch_related("guides")
        self.sub_items = by_any_code(sub_items)
        findings = Assessment.objects.filter(commune=commune, sub_item__in=self.sub_items.values())
        self.findings = {row.sub_item_id: row for row in findings}

    def take(self, file: UploadedFile) -> Outcome:
        name = plain_name(file.name or "") or "(không tên)"
        try:
            accepted = inspect(file, file.name or "")
            code = self.chosen.official_code if self.chosen else code_in(accepted.name)
            sub_item = self.chosen or self.sub_items.get(code)
            self._require(sub_item)
            evidence, is_new = self._kept(file, accepted)
        except Refused as refused:
            return Outcome(name, Result.REFUSED, str(refused))
        finding = self.findings.get(sub_item.pk) if sub_item else None
        try:
            if is_new:
                outcome = self._placed(evidence, finding, code, sub_item)
            else:
                outcome = self._linked(accepted.name, evidence, finding, sub_item)
        except UnitEnded as ended:
            result = Result.TRAY if is_new else Result.KNOWN
            sentence = f"{capfirst(str(ended))} nên chưa gắn được; tệp nằm ở khay chờ xếp."
            outcome = Outcome(accepted.name, result, sentence, evidence, is_new)
        return replace(outcome, sentence=outcome.sentence + _told_kind(accepted))

    def keep(self, file: UploadedFile) -> Outcome:
        """Keep a file without putting it to a sub-item; one that the commune already has is the one that it has."""
        name = plain_name(file.name or "") or "(không tên)"
        try:
            accepted = inspect(file, file.name or "")
            evidence, is_new = self._kept(file, accepted)
        except Refused as refused:
            return Outcome(name, Result.REFUSED, str(refused))
        return Outcome(accepted.name, Result.TRAY if is_new else Result.KNOWN, "Đã nhận tệp.", evidence, is_new)

    def _require(self, sub_item: SubItem | None) -> None:
        """Raise `Refused` where the person may send nothing for this sub-item (or for none)."""
        target = Assessment(commune=self.commune, sub_item=sub_item) if sub_item else None
        may = self.by.has_perm(ACTION, target) if target else not self.by.department_id
        if not may:
            raise Refused(
                "Tên tệp chưa bắt đầu bằng mã một nội dung do phòng, ban của bạn hướng dẫn. "
                "Hãy đổi tên tệp, ví dụ 18.1_Biên bản.pdf, rồi gửi lại."
            )

    def _kept(self, file: UploadedFile, accepted: Accepted) -> tuple[Evidence, bool]:
        """Return the file as the commune has it, and whether it came only now.

        A picture is known by what was delivered of it, and by what was sent: drawn anew, that gives the same again.
        """
        if known := self._known(accepted.sha256):
            return known, False
        file.seek(0)
        content = file.read()
        if not accepted.is_image:
            return self._keep(content, accepted)
        content = redrawn(content, KINDS[accepted.extension])
        drawn = replace(accepted, sha256=sha256(content).hexdigest())
        known = self._known(drawn.sha256)
        return (known, False) if known else self._keep(content, drawn)

    def _known(self, checksum: str) -> Evidence | None:
        return Evidence.objects.of_unit(self.commune).filter(sha256=checksum).first()

    def _keep(self, content: bytes, accepted: Accepted) -> tuple[Evidence, bool]:
        """Write the file and its row, both or neither; return what another request wrote if it was faster."""
        evidence = Evidence(
            commune=self.commune,
            original_name=accepted.name,
            content_type=accepted.content_type,
            size=len(content),
            sha256=accepted.sha256,
            uploaded_by=self.by,
            uploaded_at=clock.now(),
        )
        evidence.file = ContentFile(content, name=accepted.sha256)
        try:
            with transaction.atomic():
                evidence.save()
        except IntegrityError:
            _forget(evidence)
            return Evidence.objects.get(commune=self.commune, sha256=accepted.sha256), False
        except BaseException:
            _forget(evidence)
            raise
        self.just_kept.add(evidence.token)
        return evidence, True

    @transaction.atomic
    def _attach(self, finding: Assessment, evidence: Evidence) -> None:
        """Raises `UnitEnded` where the commune got another name while its files were read."""
        hold_communes([self.commune])
        attach_evidence(finding=finding, files=[evidence], by=self.by)

    def _placed(self, evidence: Evidence, finding: Assessment | None, code: str, sub_item: SubItem | None) -> Outcome:
        if finding and sub_item:
            self._attach(finding, evidence)
            named, move_to = self._named(evidence.original_name, [])
            told = f"Tên tệp ghi {named}, đã gắn" if named else "Đã gắn"
            sentence = f"{told} vào nội dung {sub_item.official_code}."
            return Outcome(evidence.original_name, Result.ATTACHED, sentence, evidence, True, named, move_to)
        if sub_item:
            why = f"Nội dung {sub_item.official_code} chưa có đánh giá nên chưa gắn được"
        elif "." in code:
            why = f"Bộ tiêu chí không có nội dung {code}"
        else:
            why = "Tên tệp không bắt đầu bằng mã nội dung"
        sentence = f"{why}; tệp nằm ở khay chờ xếp."
        return Outcome(evidence.original_name, Result.TRAY, sentence, evidence, is_new=True)

    def _linked(self, name: str, evidence: Evidence, finding: Assessment | None, sub_item: SubItem | None) -> Outcome:
        """The file sent as `name` is already there: say as which one, and link that where it isn't linked yet."""
        if evidence.token in self.just_kept:
            told = f"Trùng với “{evidence.original_name}” vừa tải lên; không lưu lại"
        else:
            since = clock.vn_date(clock.day_of(evidence.uploaded_at))
            told = f"Giống hệt “{evidence.original_name}”, đã có từ {since}; không lưu lại"
        own = evidence.assessments.filter(commune=self.commune)
        linked = list(own.select_related("sub_item__criterion__criteria_set"))
        if finding and sub_item and finding not in linked:
            self._attach(finding, evidence)
            named, move_to = self._named(name, linked)
            sentence = f"{told}, đã gắn thêm vào nội dung {sub_item.official_code}."
            sentence += f" Tên tệp ghi {named}." if named else ""
            return Outcome(name, Result.ATTACHED, sentence, evidence, False, named, move_to)
        return Outcome(name, Result.KNOWN, f"{told}, {self._place_of(linked)}.", evidence)

    def _named(self, name: str, linked: list[Assessment]) -> tuple[str, str]:
        """Return the code in `name` where another sub-item was chosen, and the codes that put the file there instead.

        It rests at `linked` beside the chosen one, and goes on to rest there.
        """
        code = code_in(name)
        named = self.sub_items.get(code)
        if self.chosen is None or named == self.chosen or (named is None and "." not in code):
            return "", ""
        if named is None:
            return f"{code} (bộ tiêu chí không có)", ""
        finding = self.findings.get(named.pk)
        if finding is None or not self.by.has_perm(ACTION, finding):
            return named.official_code, ""
        return named.official_code, codes_of([*(row for row in linked if row.sub_item_id in self.findings), finding])

    def _place_of(self, linked: list[Assessment]) -> str:
        """Say where on its page the commune finds the file that rests at `linked`."""
        present = [row for row in linked if row.sub_item_id in self.findings]
        if present:
            return f"đang gắn với nội dung {codes_of(present)}"
        if linked:
            return f"đang ở nhóm tệp của bộ tiêu chí trước ({places_of(linked)})"
        return "đang ở khay chờ xếp"


def _told_kind(accepted: Accepted) -> str:
    """Return a sentence where the name said another kind of file than it is; else ""."""
    if not accepted.wrong_ending:
        return ""
    label = KINDS[accepted.extension].label
    return f" Tên gửi lên ghi .{accepted.wrong_ending} nhưng nội dung là {label} nên nhận là .{accepted.extension}."


def _forget(evidence: Evidence) -> None:
    """Remove a written file to which no row came to point."""
    if evidence.file.name and evidence.file.name != evidence.sha256:  # written under its made name
        evidence.file.storage.delete(evidence.file.name)


@transaction.atomic
def place_evidence(*, evidence: Evidence, codes: Iterable[str], by: User, shown: Iterable[str] | None = None) -> None:
    """Let `evidence` support the sub-items with `codes` of the set in force; none is the tray.

    `shown` are the codes that the person was shown: only what differs from them is changed, so that what somebody
    else put or took off meanwhile stays. None where they are those of now. Meant are the sub-items of the file's
    `unit`: what an ended unit showed by the file stays as it was.
    Raises `ValidationError` where the file is gone, or where a code is unknown, has no finding yet, or isn't the
    person's to change; `UnitEnded`.
    """
    commune = evidence.unit
    hold_communes([commune])
    # Held, it is neither deleted nor put anywhere else meanwhile.
    if not Evidence.objects.select_for_update(no_key=True).filter(pk=evidence.pk):
        raise ValidationError("Tệp này vừa bị người khác xóa. Hãy tải lại trang.")
    sub_items = by_any_code(SubItem.objects.of_set(set_of(commune)).prefetch_related("guides"))
    named = set(codes)
    if unknown := named - set(sub_items):
        raise ValidationError(f"Bộ tiêu chí không có nội dung {_listed(unknown)}. Hãy ghi mã như 18.1, 17.2.")
    wanted = {sub_items[code].code for code in named}
    findings = Assessment.objects.filter(commune=commune, sub_item__in=sub_items.values())
    by_code = {
        row.sub_item.code: row for row in findings.select_related("sub_item").prefetch_related("sub_item__guides")
    }
    linked = set(evidence.assessments.values_list("pk", flat=True))
    before = {code for code, row in by_code.items() if row.pk in linked}
    known = before if shown is None else {sub_items[code].code for code in shown if code in sub_items}
    added, removed = wanted - known - before, (known - wanted) & before
    if unassessed := added - set(by_code):
        codes_there = _listed(sub_items[code].official_code for code in unassessed)
        raise ValidationError(
            f"Nội dung {codes_there} chưa có đánh giá nên chưa gắn được. Hãy đánh giá nội dung trước."
        )
    foreign = {code for code in added | removed if not by.has_perm(ACTION, by_code[code])}
    if foreign:
        codes_there = _listed(sub_items[code].official_code for code in foreign)
        raise ValidationError(f"Nội dung {codes_there} do phòng, ban khác hướng dẫn nên bạn không đổi được.")
    for code in sorted(added):
        attach_evidence(finding=by_code[code], files=[evidence], by=by)
    for code in sorted(removed):
        detach_evidence(finding=by_code[code], files=[evidence], by=by)


def place_by_name(*, evidence: Evidence, by: User) -> str:
    """Put a file of the tray to the sub-item whose code stands at the start of its name; return that code.

    "" where it stays: without such a code, without a finding there, or where that isn't the person's to change.
    """
    code = code_in(evidence.original_name)
    if not code or evidence.assessments.exists():
        return ""
    try:
        place_evidence(evidence=evidence, codes=[code], by=by)
    except ValidationError:
        return ""
    return code


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes))


def describe_evidence(
    *, evidence: Evidence, title: str, document_number: str, document_date: date | None, issuer: str
) -> Evidence:
    """Set what the document says of itself, beside the day on which it was uploaded."""
    evidence.title, evidence.document_number = nfc(title.strip()), nfc(document_number.strip())
    evidence.document_date, evidence.issuer = document_date, nfc(issuer.strip())
    evidence.save(update_fields=["title", "document_number", "document_date", "issuer", "search_key"])
    return evidence


@transaction.atomic
def delete_evidence(*, evidence: Evidence, by: User) -> None:
    """Delete a file that supports nothing any more. Raises `ValidationError` while something rests on it."""
    locked = Evidence.objects.select_for_update().get(pk=evidence.pk)
    uses = [relation for relation in Evidence._meta.related_objects if relation.many_to_many]
    if any(getattr(locked, str(relation.get_accessor_name())).exists() for relation in uses):
        raise ValidationError(
            "Tệp đang là minh chứng của một nội dung, một dòng báo cáo hoặc một nhiệm vụ nên chưa xóa được. "
            "Hãy gỡ tệp khỏi những nơi đó trước."
        )
    if sent := sent_with(locked):
        raise ValidationError(
            f"Tệp đã gửi kèm báo cáo tháng {sent.month.month}/{sent.month.year} nên được giữ cùng báo cáo đó, "
            "kể cả khi không còn dùng ở đâu khác."
        )
    names, storage = [str(locked.file.name), locked.thumbnail_name], locked.file.storage
    locked.delete()
    logger.warning("Evidence %s of commune %s deleted by %s", locked.sha256, evidence.commune_id, by.pk)
    for name in names:
        transaction.on_commit(partial(storage.delete, name))
