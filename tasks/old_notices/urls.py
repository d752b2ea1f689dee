from django.urls import path

from tasks.old_notices import views

old_notice_patterns = [
    path("old/", views.old_notice, name="old"),
]
