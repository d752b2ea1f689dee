from django.urls import path

from criteria import views

commune_patterns = [
    path("", views.commune_list, name="list"),
    path("<str:code>/", views.commune_detail, name="detail"),
]

catalogue_patterns = [
    path("", views.catalogue, name="catalogue"),
]
