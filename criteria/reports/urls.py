"""Addresses below /reports/; a report is named by its commune's code and its month: /reports/17386/2023-04/."""

import re
from datetime import date

from django.urls import URLPattern, path, register_converter

from criteria.reports import (
    board_views,
    form_views,
    line_evidence,
    reminder_views,
    review_views,
    submit_views,
    views,
    workbook_views,
)


class MonthConverter:
    """`2023-04` and the first day of that month."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> date:
        if not re.fullmatch(r"(19|20)\d{2}-(0[1-9]|1[0-2])", value):
            raise ValueError(value)
        return date(int(value[:4]), int(value[5:]), 1)

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

report_patterns: list[URLPattern] = [
    path("", board_views.board_page, name="board"),
    path("reminder/", reminder_views.reminder_page, name="reminder"),
    path("<str:code>/<month:month>/", views.report_page, name="page"),
    path("<str:code>/<month:month>/begin/", form_views.begin, name="begin"),
    path("<str:code>/<month:month>/lines/<int:pk>/", form_views.line, name="line"),
    path("<str:code>/<month:month>/lines/<int:pk>/evidence/", line_evidence.evidence, name="evidence"),
    path("<str:code>/<month:month>/text/<slug:part>/", form_views.narrative, name="narrative"),
    path("<str:code>/<month:month>/blank/", workbook_views.blank, name="blank"),
    path("<str:code>/<month:month>/workbook/", workbook_views.workbook, name="workbook"),
    path("<str:code>/<month:month>/workbook/upload/", workbook_views.upload, name="workbook-upload"),
    path("<str:code>/<month:month>/workbook/<str:token>/", workbook_views.preview, name="workbook-preview"),
    path("<str:code>/<month:month>/submit/", submit_views.submit, name="submit"),
    path("<str:code>/<month:month>/receipt/", submit_views.receipt, name="receipt"),
    path("<str:code>/<month:month>/preview/", submit_views.preview, name="preview"),
    path("<str:code>/<month:month>/pdf/", submit_views.pdf, name="pdf"),
    path("<str:code>/<month:month>/docx/", submit_views.docx, name="docx"),
    path("<str:code>/<month:month>/signed-copy/", submit_views.signed_copy, name="signed-copy"),
    path("<str:code>/<month:month>/files/<int:pk>/", submit_views.file, name="file"),
    path("<str:code>/<month:month>/versions/", submit_views.versions, name="versions"),
    path("<str:code>/<month:month>/lines/<str:sub_item>/verdict/", review_views.judge, name="judge"),
    path("<str:code>/<month:month>/lines/<str:sub_item>/opinion/", review_views.opinion, name="opinion"),
    path("<str:code>/<month:month>/accept-unchanged/", review_views.accept_unchanged, name="accept-unchanged"),
    path("<str:code>/<month:month>/accept/", review_views.accept, name="accept"),
    path("<str:code>/<month:month>/return/", review_views.send_back, name="return"),
    path("<str:code>/<month:month>/ask-reopening/", review_views.ask_reopening, name="ask-reopening"),
    path("<str:code>/<month:month>/reopen/", review_views.reopen, name="reopen"),
]
