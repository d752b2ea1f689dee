"""What the registers of a year share: the year that was asked for, page, workbook and PDF."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from django.http import Http404, HttpResponse
from django.shortcuts import render

from communes.http import SignedInRequest
from communes.models import Authority, User
from criteria.downloads import pdf_answer
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download, answer
from ntm_tracker.lib.official import OfficialDocument

Row = TypeVar("Row")


def register_answer(
    request: SignedInRequest,
    rows: Sequence[Row],
    *,
    title: str,
    year: int,
    template: str,
    file: Callable[[Sequence[Row], int, date], Download],
    document: Callable[[Authority, Sequence[Row], int, date], OfficialDocument],
    **more: Any,
) -> HttpResponse:
    """Return the `rows` of `year` as a page, or what `?format=` asks for: the workbook `file`, the PDF of `document`.

    The page is `template`, which also knows `more`.
    """
    today = clock.today()
    match request.GET.get("format"):
        case "xlsx":
            return answer(request, file(rows, year, today))
        case "pdf":
            stem = f"{title} {year} - {today.day}-{today.month}-{today.year}"
            return pdf_answer(request, stem, document(office_of(request.user), rows, year, today))
    return render(request, template, {"title": title, "rows": rows, "year": year, **more})


def year_asked(request: SignedInRequest) -> int:
    """Read the year; what can't be read, or has no year after it, is the current one."""
    text = request.GET.get("year", "")
    year = int(text) if text.isdecimal() and len(text) == 4 else 0
    return year if 0 < year < date.max.year else clock.today().year


def found_office(user: User) -> Authority | None:
    """Return the person's authority; of an administrator without one, the first that has departments, if any has."""
    if user.authority:
        return user.authority
    return Authority.objects.visible_to(user).filter(departments__isnull=False).order_by("pk").first()


def office_of(user: User) -> Authority:
    """Return the office as `found_office` does. Raises `Http404` where there is none."""
    authority = found_office(user)
    if authority is None:
        raise Http404
    return authority
