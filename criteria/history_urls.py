from django.urls import path

from criteria import history_views as views

history_patterns = [
    path("changes/", views.changes, name="changes"),
    path("communes/<str:code>/compare/", views.compare, name="compare"),
    path("communes/<str:code>/results/", views.results_page, name="results"),
    path("communes/<str:code>/results/pdf/", views.results_pdf, name="results_pdf"),
    path("communes/<str:code>/results/docx/", views.results_docx, name="results_docx"),
    path("communes/<str:code>/results/xlsx/", views.results_xlsx, name="results_xlsx"),
]
