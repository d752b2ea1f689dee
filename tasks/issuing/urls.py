"""Addresses of issuing, below those of the notices."""

from django.urls import path

from tasks.issuing import views

issuing_patterns = [
    path("register/", views.register, name="register"),
    path("<int:pk>/issue/", views.issue_page, name="issue"),
    path("<int:pk>/revoke/", views.revoke_page, name="revoke"),
]
