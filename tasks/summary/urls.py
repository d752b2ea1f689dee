from django.urls import path

from tasks.summary import views

summary_patterns = [
    path("summary/", views.summary_page, name="page"),
    path("summary/pdf/", views.summary_pdf, name="pdf"),
    path("summary/docx/", views.summary_docx, name="docx"),
    path("summary/xlsx/", views.summary_xlsx, name="xlsx"),
    path("summary/charts/<slug:name>.svg", views.summary_chart, name="chart"),
    path("communes/<str:code>/sheet/", views.commune_sheet, name="sheet"),
    path("communes/<str:code>/sheet/pdf/", views.commune_sheet_pdf, name="sheet_pdf"),
    path("communes/<str:code>/trend.svg", views.commune_trend, name="commune_trend"),
]
