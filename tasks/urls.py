from django.urls import path

from tasks import views
from tasks.composing.urls import composing_patterns
from tasks.issuing.urls import issuing_patterns
from tasks.old_notices.urls import old_notice_patterns

notice_patterns = [
    path("", views.notice_list, name="list"),
    *composing_patterns,
    *issuing_patterns,
    *old_notice_patterns,
    path("<int:pk>/", views.notice_detail, name="detail"),
    path("<int:pk>/pdf/", views.notice_pdf, name="pdf"),
    path("<int:pk>/docx/", views.notice_docx, name="docx"),
]

task_patterns = [
    path("communes/<str:code>/work/", views.work_of_commune, name="of_commune"),
]
