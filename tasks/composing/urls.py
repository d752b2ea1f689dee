"""Addresses of composing, below those of the notices."""

from django.urls import path

from tasks.composing import views

composing_patterns = [
    path("new/", views.new_notice, name="new"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/edit/preview/", views.preview, name="preview"),
    path("<int:pk>/edit/earlier/", views.earlier, name="earlier"),
    path("<int:pk>/edit/parts/<slug:part>/", views.part, name="part"),
    path("<int:pk>/edit/sections/", views.add_section, name="add-section"),
    path("<int:pk>/edit/sections/<int:section>/", views.section, name="section"),
    path("<int:pk>/edit/points/", views.add_point, name="add-point"),
    path("<int:pk>/edit/points/<int:point>/", views.point, name="point"),
    path("<int:pk>/edit/points/<int:point>/tasks/", views.point_tasks, name="point-tasks"),
]
