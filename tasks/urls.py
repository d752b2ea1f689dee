from django.urls import path

from tasks import views

notice_patterns = [
    path("", views.notice_list, name="list"),
    path("<int:pk>/", views.notice_detail, name="detail"),
    path("<int:pk>/pdf/", views.notice_pdf, name="pdf"),
    path("<int:pk>/docx/", views.notice_docx, name="docx"),
]
