"""The product's addresses, grouped by what they show."""

from django.contrib import admin
from django.urls import include, path

from communes import urls as communes_urls
from criteria import history_urls
from criteria import urls as criteria_urls
from criteria.reports import urls as report_urls
from ntm_tracker import views
from tasks import signing_urls
from tasks import urls as tasks_urls
from tasks.requests import urls as request_urls
from tasks.summary import urls as summary_urls
from tasks.work import urls as work_urls

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search_page, name="search"),
    path("healthz/", views.healthz, name="healthz"),
    path("", include(communes_urls)),
    path("messages/", include((communes_urls.message_patterns, "messages"))),
    path("matrix/", include(criteria_urls.matrix_patterns)),
    path("communes/", include((criteria_urls.commune_patterns, "communes"))),
    path("", include(([*tasks_urls.task_patterns, *work_urls.work_patterns], "tasks"))),
    path("", include((criteria_urls.evidence_patterns, "evidence"))),
    path("criteria/", include((criteria_urls.catalogue_patterns, "criteria"))),
    path("exchange/", include((criteria_urls.exchange_patterns, "exchange"))),
    path("reports/", include((report_urls.report_patterns, "reports"))),
    path("proposals/", include((request_urls.proposal_patterns, "proposals"))),
    path("notices/", include((tasks_urls.notice_patterns, "notices"))),
    path("notices/", include((signing_urls.signing_patterns, "signing"))),
    path("verify/", include((signing_urls.verify_patterns, "verify"))),
    path("", include((history_urls.history_patterns, "history"))),
    path("", include((summary_urls.summary_patterns, "summary"))),
    path("admin/", admin.site.urls),
]

handler400 = "ntm_tracker.views.bad_request"
handler403 = "ntm_tracker.views.permission_denied"
handler404 = "ntm_tracker.views.page_not_found"
handler500 = "ntm_tracker.views.server_error"
