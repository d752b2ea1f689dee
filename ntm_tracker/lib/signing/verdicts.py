"""What the check of a signed PDF found, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from ntm_tracker.lib.clock import day_of, vn_date


class Outcome(StrEnum):
    """From good to bad. What is INVALID is refused; the others may be kept, each marked for what it is."""

    VALID = "valid"
    UNCHECKED = "unchecked"
    UNTRUSTED = "untrusted"
    INVALID = "invalid"


LABELS = {
    Outcome.VALID: "Hợp lệ",
    Outcome.UNCHECKED: "Nguyên vẹn, chưa rõ chứng thư có bị thu hồi không",
    Outcome.UNTRUSTED: "Nguyên vẹn, chưa tin được chứng thư",
    Outcome.INVALID: "Không hợp lệ",
}
_WORST_LAST = list(Outcome)


class Problem(StrEnum):
    """Why a PDF is not shown as valid; each with its own sentence."""

    FILE = "file"
    TOO_MUCH = "too_much"
    OTHER_NOTICE = "other_notice"
    UNSIGNED = "unsigned"
    DAMAGED = "damaged"
    NOT_WHOLE = "not_whole"
    CHANGED = "changed"
    FORGED = "forged"
    CONTENT_ADDED = "content_added"
    COVERED = "covered"
    WEAK_HASH = "weak_hash"
    WEAK_KEY = "weak_key"
    WRONG_USAGE = "wrong_usage"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED_CRL = "revoked_crl"
    REVOKED_OCSP = "revoked_ocsp"
    CHAIN = "chain"
    UNKNOWN_ROOT = "unknown_root"
    REVOCATION_UNKNOWN = "revocation_unknown"


SENTENCES = {
    Problem.FILE: "{detail}",
    Problem.TOO_MUCH: "Tệp có quá nhiều lần sửa hoặc chữ ký ({detail}) nên không kiểm tra. "
    "Hãy tải bản đã ban hành, ký lại một lần rồi gửi bản đó.",
    Problem.OTHER_NOTICE: "Tệp không phải bản ký của thông báo này: phần đầu tệp khác bản PDF đã ban hành. "
    "Hãy tải đúng bản PDF đã ban hành, ký số lên chính tệp đó, không in ra hay lưu lại bằng phần mềm khác.",
    Problem.UNSIGNED: "Tệp chưa có chữ ký số nào. Hãy ký số lên bản PDF đã ban hành rồi gửi tệp đã ký.",
    Problem.DAMAGED: "Cấu trúc tệp hoặc chữ ký số bị hỏng, không kiểm tra được. "
    "Hãy ký lại từ bản PDF đã ban hành rồi gửi lại.",
    Problem.NOT_WHOLE: "Chữ ký số không bao trùm toàn bộ tệp: sau khi ký, tệp đã bị thêm hoặc sửa. "
    "Hãy gửi đúng tệp do phần mềm ký số tạo ra.",
    Problem.CHANGED: "Nội dung tệp đã bị sửa sau khi ký: mã băm không khớp với chữ ký số. "
    "Hãy lấy lại tệp gốc từ máy đã ký.",
    Problem.FORGED: "Chữ ký số không do khóa của chứng thư đi kèm tạo ra. Hãy ký lại từ bản PDF đã ban hành.",
    Problem.CONTENT_ADDED: "Ngoài chữ ký, tệp còn bị thêm hoặc sửa nội dung so với bản đã ban hành. "
    "Hãy ký số lên đúng bản PDF đã ban hành, không ghi chú, chèn chữ hay điền gì thêm.",
    Problem.COVERED: "Hình chữ ký số quá lớn, che mất nội dung văn bản. "
    "Hãy ký lại với hình chữ ký nằm trong khoảng giữa chức vụ và họ tên người ký.",
    Problem.WEAK_HASH: "Chữ ký số dùng hàm băm đã lỗi thời ({detail}). Hãy đặt phần mềm ký số dùng SHA-256 rồi ký lại.",
    Problem.WEAK_KEY: "Khóa của chứng thư số quá yếu ({detail}); cần RSA từ 2048 bit hoặc ECDSA từ 256 bit. "
    "Hãy ký bằng chứng thư số khác.",
    Problem.WRONG_USAGE: "Chứng thư số của {signer} không được cấp để ký văn bản. Hãy ký bằng chứng thư số ký văn bản.",
    Problem.NOT_YET_VALID: "Chứng thư số của {signer} chưa có hiệu lực; nó có hiệu lực từ ngày {valid_from}.",
    Problem.EXPIRED: "Chứng thư số của {signer} đã hết hạn ngày {valid_to}. Hãy gia hạn rồi ký lại.",
    Problem.REVOKED_CRL: "Chứng thư số của {signer} đã bị thu hồi{detail}, theo danh sách thu hồi (CRL) của nơi cấp.",
    Problem.REVOKED_OCSP: "Chứng thư số của {signer} đã bị thu hồi{detail}, theo trả lời OCSP của nơi cấp.",
    Problem.CHAIN: "Chứng thư số của {signer} nêu nơi cấp là {issuer}, nhưng chuỗi chứng thư đó không đúng.",
    Problem.UNKNOWN_ROOT: "Tệp còn nguyên vẹn sau khi ký, nhưng chưa tin được người ký là {signer}: "
    "chứng thư số do {issuer} cấp không dẫn đến gốc chứng thực nào được tin ở đây.",
    Problem.REVOCATION_UNKNOWN: "Tệp còn nguyên vẹn và chứng thư số của {signer} do gốc được tin cấp, "
    "nhưng chưa có thông tin để biết chứng thư có bị thu hồi hay không.",
}
VALID_SENTENCE = "Chữ ký số hợp lệ: {signer} ký, tệp còn nguyên vẹn, chứng thư số được tin và không bị thu hồi."


@dataclass(frozen=True)
class SignatureFacts:
    """One signature of the file. Its moment is what the signer's program stated."""

    signer: str
    organisation: str = ""
    issuer: str = ""
    serial: str = ""
    algorithm: str = ""
    signed_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    outcome: Outcome = Outcome.INVALID
    sentence: str = ""
    # What the result rests on, in base64: the certificates from the signer's up, and answers about revocation.
    certificates: tuple[str, ...] = ()
    revocation: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The result for the whole file: as good as its worst signature."""

    outcome: Outcome
    sentence: str
    problem: Problem | None = None
    signatures: tuple[SignatureFacts, ...] = field(default=())
    of_notice: bool = False

    @property
    def may_be_kept(self) -> bool:
        return self.outcome != Outcome.INVALID

    @property
    def label(self) -> str:
        return LABELS[self.outcome]

    @property
    def signer(self) -> str:
        """Return who signed, one name after the other."""
        return "; ".join(dict.fromkeys(facts.signer for facts in self.signatures))

    @property
    def signed_at(self) -> datetime | None:
        """Return the stated moment of the last signature."""
        return next((facts.signed_at for facts in reversed(self.signatures) if facts.signed_at), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON can hold it."""
        values = asdict(self)
        for facts in values["signatures"]:
            for name in ("signed_at", "valid_from", "valid_to"):
                facts[name] = facts[name] and facts[name].isoformat()
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Verdict":
        """Return the verdict that `to_dict` was made of."""
        return cls(
            outcome=Outcome(values["outcome"]),
            sentence=values["sentence"],
            problem=Problem(values["problem"]) if values["problem"] else None,
            signatures=tuple(_facts(stored) for stored in values["signatures"]),
            of_notice=values["of_notice"],
        )


def _facts(stored: Mapping[str, Any]) -> SignatureFacts:
    values = dict(stored)
    for name in ("signed_at", "valid_from", "valid_to"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    values["outcome"] = Outcome(values["outcome"])
    values["certificates"], values["revocation"] = tuple(values["certificates"]), tuple(values["revocation"])
    return SignatureFacts(**values)


class NotValid(Exception):
    """A signature or file is not valid; says why, and what to do."""

    def __init__(self, problem: Problem, facts: SignatureFacts | None = None, detail: str = ""):
        self.problem = problem
        self.sentence = sentence_of(problem, facts, detail)
        super().__init__(self.sentence)


def sentence_of(problem: Problem, facts: SignatureFacts | None = None, detail: str = "") -> str:
    """Return the sentence of `problem`, with the names and days of the signature."""
    known = facts or SignatureFacts("người ký")
    return SENTENCES[problem].format(
        detail=detail,
        signer=known.signer,
        issuer=known.issuer or "nơi không rõ",
        valid_from=_day(known.valid_from),
        valid_to=_day(known.valid_to),
    )


def refuse(problem: Problem, facts: SignatureFacts | None = None, detail: str = "") -> NoReturn:
    raise NotValid(problem, facts, detail)


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the worst of `outcomes`; there is at least one."""
    return max(outcomes, key=_WORST_LAST.index)


def _day(moment: datetime | None) -> str:
    return vn_date(day_of(moment)) if moment else "không rõ"
