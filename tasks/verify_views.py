"""The open page: whoever holds a notice's paper or file can tell whether it is the issued one. Nobody signs in.

It shows nothing that doesn't stand on the issued notice itself, and whether that is still in force.
"""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ntm_tracker.lib.official import OfficialDocument
from ntm_tracker.lib.throttle import Throttle
from ntm_tracker.lib.uploads import Refused
from tasks.codes import read_check_code
from tasks.enums import NoticeStatus
from tasks.exceptions import StoredFileMissing
from tasks.models import Notice
from tasks.signed_copies import Copies, copies_of, notice_of_code, published_corrections
from tasks.signing import compare, read_upload
from tasks.signing_forms import CheckFileForm, CodeForm

MISSES = Throttle("verify-misses", most=20, seconds=600)
FILES = Throttle("verify-files", most=30, seconds=600)


@dataclass(frozen=True)
class PublicNotice:
    """What the issued notice says, and whether it is in force."""

    notice: Notice

    @cached_property
    def document(self) -> OfficialDocument:
        return OfficialDocument.from_dict(self.notice.frozen or {})

    @cached_property
    def copies(self) -> Copies:
        return copies_of(self.notice)

    @cached_property
    def corrections(self) -> list[Notice]:
        return published_corrections(self.notice)

    @property
    def authority(self) -> str:
        return " ".join(self.document.letterhead.issuer_lines)

    @property
    def sha256(self) -> str:
        """Return the checksum in eights, as one compares it by eye."""
        digest = self.copies.issued.sha256 if self.copies.issued else ""
        return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))

    @property
    def is_revoked(self) -> bool:
        return self.notice.status == NoticeStatus.REVOKED


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def find(request: HttpRequest) -> HttpResponse:
    """The field for the code; a code that was typed leads to its notice."""
    if "code" not in request.GET:
        return _shown(request, "tasks/verify_find.html", {"form": CodeForm()})
    form = CodeForm(request.GET)
    if not form.is_valid():
        return _shown(request, "tasks/verify_find.html", {"form": form}, status=422)
    code = read_check_code(form.cleaned_data["code"])
    if code is None:
        form.add_error("code", "Mã tra cứu gồm 12 chữ và số, không có I, L, O, U. Hãy xem lại mã in ở cuối thông báo.")
        return _shown(request, "tasks/verify_find.html", {"form": form}, status=422)
    return redirect("verify:notice", code=code)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, code: str) -> HttpResponse:
    """What was issued under a code; POST compares a file with it."""
    if MISSES.is_spent(request):
        return _shown(request, "tasks/verify_throttled.html", {}, status=429)
    known = read_check_code(code)
    found = notice_of_code(known) if known else None
    if found is None or not found.frozen:
        MISSES.count(request)
        form = CodeForm({"code": code[:40]})
        form.add_error("code", "Không có thông báo nào mang mã này. Hãy xem lại từng chữ, số của mã.")
        return _shown(request, "tasks/verify_find.html", {"form": form, "unknown": True}, status=404)
    return _notice(request, found)


def _notice(request: HttpRequest, found: Notice) -> HttpResponse:
    context = {"public": PublicNotice(found), "form": CheckFileForm()}
    if request.method != "POST":
        return _shown(request, "tasks/verify_notice.html", context)
    if FILES.is_spent(request):
        return _shown(request, "tasks/verify_throttled.html", {}, status=429)
    FILES.count(request)
    form = context["form"] = CheckFileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            context["comparison"] = compare(found, read_upload(form.cleaned_data["file"]))
        except Refused as refused:
            form.add_error("file", str(refused))
        except StoredFileMissing:
            form.add_error("file", "Chưa so sánh được lúc này. Mời thử lại sau, hoặc hỏi cơ quan ban hành.")
    return _shown(request, "tasks/verify_notice.html", context, status=422 if form.errors else 200)


def _shown(request: HttpRequest, template: str, context: dict, status: int = 200) -> HttpResponse:
    answer = render(request, template, context, status=status)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
