"""The page on which an officer asks for the reports that are missing: text, e-mail, letter."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from communes.http import SignedInRequest
from communes.mail import MailUnreachable
from communes.models import Authority, Commune
from criteria.deadlines import covered_days
from criteria.downloads import docx_answer, pdf_answer
from criteria.periods import EARLIEST, month_of
from criteria.reports.board_views import reported_set, reporting_communes
from criteria.reports.calendar import calendar_of
from criteria.reports.reminder_forms import LetterForm, MailForm
from criteria.reports.reminders import (
    Hole,
    Outcome,
    due_phrases,
    holes,
    is_over,
    letter_file_stem,
    letter_text,
    mail_reminder,
    proposed_head,
    reminder_letter,
    reminder_text,
)
from ntm_tracker.lib import clock
from ntm_tracker.lib.gate import get_visible, require


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a month, and one commune or all that sent nothing."""

    month: date
    commune: Commune | None
    authority: Authority | None
    missing: list[Hole]

    @property
    def query(self) -> str:
        commune = f"&commune={self.commune.code}" if self.commune else ""
        return f"?month={self.month:%Y-%m}{commune}"


@require_http_methods(["GET", "HEAD", "POST"])
def reminder_page(request: SignedInRequest) -> HttpResponse:
    """Show the reminder to one commune or to all that sent nothing; with `action` mail it or give the letter."""
    require(request.user, "criteria.remind_of_report")
    asked = _asked(request)
    if not asked.missing or not asked.authority:
        return render(request, "criteria/reports/reminder.html", {"asked": asked})
    today = clock.today()
    action = request.POST.get("action", "") if request.method == "POST" else ""
    mail = MailForm(
        request.POST if action == "mail" else None,
        initial={"text": reminder_text(asked.missing, today)},
    )
    initial = LetterForm.proposed(proposed_head(asked.authority, asked.month), letter_text(asked.missing, today))
    letter = LetterForm(request.POST if action in ("pdf", "docx") else None, initial=initial)
    if mail.is_bound and mail.is_valid():
        return _mail(request, asked, mail.cleaned_data["text"])
    if letter.is_bound and letter.is_valid():
        document = reminder_letter(asked.authority, asked.missing, letter.head, letter.cleaned_data["body"], today)
        give = pdf_answer if action == "pdf" else docx_answer
        return give(request, letter_file_stem(asked.month), document)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    context = {
        "asked": asked,
        "due": due_phrases(asked.missing),
        "is_over": is_over(asked.missing, today),
        "mail": mail,
        "letter": letter,
        "addresses": sum(len(hole.with_address) for hole in asked.missing),
    }
    return render(request, "criteria/reports/reminder.html", context, status=status)


def _asked(request: SignedInRequest) -> Asked:
    """Read month and commune; a month that can't be read or lies ahead is the present one."""
    user, today = request.user, clock.today()
    month = month_of(request.GET.get("month", "").strip())
    month = month if month and month > EARLIEST else None
    commune = _commune(request, covered_days(month)[1] if month else today)
    authority = user.authority or (commune.authority if commune else None)
    present = calendar_of(authority).current(today).month
    month = min(month or present, present)
    units = [commune] if commune else reporting_communes(user, [month], reported_set([month]))
    missing = holes(units, month, today)
    return Asked(month, commune, authority or (missing[0].commune.authority if missing else None), missing)


def _commune(request: SignedInRequest, day: date) -> Commune | None:
    """Return the commune asked for: the unit that bore the code on `day`; an ended one can still owe a report."""
    code = request.GET.get("commune", "")
    if not code:
        return None
    units = Commune.objects.bearing(code, day).select_related("authority__parent__parent")
    commune: Commune = get_visible(units, request.user)
    require(request.user, "criteria.remind_of_report", commune)
    return commune


def _mail(request: SignedInRequest, asked: Asked, text: str) -> HttpResponse:
    address = f"{reverse('reports:reminder')}{asked.query}"
    try:
        outcome = mail_reminder(asked.missing, by=request.user, text=text)
    except MailUnreachable as error:
        messages.error(request, str(error))
        return redirect(address)
    _say(request, outcome)
    return redirect(address)


def _say(request: SignedInRequest, outcome: Outcome) -> None:
    """Say who got the mail, and who didn't and why."""
    if outcome.sent:
        names = ", ".join(f"{person} ({person.email})" for person in outcome.sent)
        messages.success(request, f"Đã gửi thư nhắc cho {len(outcome.sent)} người: {names}.")
    if outcome.already:
        names = ", ".join(str(person) for person in outcome.already)
        messages.info(request, f"Hôm nay đã nhắc rồi, không gửi lại: {names}.")
    if outcome.without_address:
        names = ", ".join(f"{person} ({person.commune})" for person in outcome.without_address)
        messages.warning(request, f"Chưa có địa chỉ thư, chỉ nhắc trên hệ thống: {names}.")
    if outcome.nobody:
        names = ", ".join(str(unit) for unit in outcome.nobody)
        messages.warning(request, f"Chưa có tài khoản nào của {names}: hãy nhắc bằng công văn hoặc điện thoại.")
    for sentence in outcome.failed:
        messages.error(request, sentence)
