"""The page on which an issued notice is signed, in one of three ways, and the files that came of it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from communes.http import SignedInRequest
from ntm_tracker.lib.download import PDF, Download, answer
from ntm_tracker.lib.gate import get_visible, require
from ntm_tracker.lib.signing import Outcome
from ntm_tracker.lib.throttle import Throttle, person_of
from tasks.enums import NoticeStatus
from tasks.exceptions import CopyRefused, NotIssued, PassphraseWrong, PdfUnavailable, StoredFileMissing
from tasks.models import Notice, NoticeFile
from tasks.signed_copies import Copy, content_of, copies_of
from tasks.signing import sign_on_server, store_signed_pdf, store_signed_scan
from tasks.signing_forms import ScanForm, ServerSignForm, SignedPdfForm

ACTION = "tasks.manage_notice"
Service = Callable[..., NoticeFile]
WAYS: dict[str, tuple[type[forms.Form], Service]] = {
    "scan": (ScanForm, store_signed_scan),
    "pdf": (SignedPdfForm, store_signed_pdf),
    "server": (ServerSignForm, sign_on_server),
}
KEPT = {
    "scan": "Đã lưu bản quét. Bản đã ban hành giữ nguyên.",
    "pdf": "Đã kiểm tra và lưu bản ký số.",
    "server": "Đã ký và lưu bản ký số.",
}
# A passphrase must never stand in a report of an error.
SENSITIVE = "server-passphrase"
WRONG_PASSPHRASES = Throttle("wrong-passphrases", most=5, seconds=900, by=person_of)


@sensitive_post_parameters(SENSITIVE)
@require_http_methods(["GET", "HEAD", "POST"])
def signed(request: SignedInRequest, pk: int) -> HttpResponse:
    """What stands now, and the three ways; POST takes one of them."""
    notice = get_visible(Notice.objects.for_list(), request.user, pk=pk)
    require(request.user, ACTION, notice)
    if request.method != "POST":
        return _page(request, notice, {})
    form_class, service = WAYS.get(request.POST.get("way", ""), WAYS["pdf"])
    form = form_class(request.POST, request.FILES)
    if form.is_valid() and _carried_out(request, notice, form, service):
        return redirect("signing:page", pk=notice.pk)
    return _page(request, notice, {form_class: form}, status=422)


def _carried_out(request: SignedInRequest, notice: Notice, form: Any, service: Service) -> bool:
    """Keep the copy; on a refusal put its reason into the form and say False."""
    first = next(iter(form.fields))
    if service is sign_on_server and WRONG_PASSPHRASES.is_spent(request):
        form.add_error(first, f"Đã gõ sai mật khẩu {WRONG_PASSPHRASES.most} lần. Mời thử lại sau 15 phút.")
        return False
    try:
        record = service(notice=notice, by=request.user, **form.given)
    except CopyRefused as refused:
        if isinstance(refused, PassphraseWrong):
            WRONG_PASSPHRASES.count(request)
        form.add_error(first, str(refused))
    except NotIssued:
        form.add_error(None, "Thông báo chưa ban hành hoặc đã thu hồi thì không ký.")
    except StoredFileMissing:
        form.add_error(None, "Không còn tệp PDF đã ban hành. Hãy báo người quản trị khôi phục từ bản sao lưu.")
    except PdfUnavailable:
        form.add_error(None, "Máy chủ thiếu thư viện dựng PDF nên chưa vẽ được hình chữ ký. Hãy báo người quản trị.")
    else:
        _tell(request, KEPT[form.way], Copy(record))
        return True
    return False


def _tell(request: SignedInRequest, text: str, copy: Copy) -> None:
    """Say what was kept; where its signer isn't known to be trusted or is somebody else, say that too."""
    doubts = [copy.verdict.sentence] if copy.verdict and copy.verdict.outcome != Outcome.VALID else []
    doubts += [copy.other_signer] if copy.other_signer else []
    if doubts:
        messages.warning(request, " ".join([text, *doubts]))
    else:
        messages.success(request, text)


def _page(
    request: SignedInRequest, notice: Notice, filled: dict[type[forms.Form], forms.Form], status: int = 200
) -> HttpResponse:
    context = {
        "notice": notice,
        "copies": copies_of(notice),
        "can_sign": notice.status == NoticeStatus.ISSUED,
        "scan_form": filled.get(ScanForm) or ScanForm(),
        "pdf_form": filled.get(SignedPdfForm) or SignedPdfForm(),
        "server_form": filled.get(ServerSignForm) or ServerSignForm(),
        "has_key": settings.NTM_SIGNING_KEY is not None,
    }
    return render(request, "tasks/signed.html", context, status=status)


@require_GET
def signed_file(request: SignedInRequest, pk: int, file: int) -> HttpResponse:
    """One kept copy, to be saved; whoever sees the notice may have it."""
    notice = get_visible(Notice.objects.for_list(), request.user, pk=pk)
    record = notice.files.filter(pk=file).first()
    if record is None:
        raise Http404
    try:
        return answer(request, Download(record.original_name, PDF, content_of(record)))
    except StoredFileMissing:
        return render(request, "tasks/pdf_unavailable.html", {"notice": notice, "missing": "file"}, status=503)
