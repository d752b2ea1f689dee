from django.urls import path

from tasks import signing_views, verify_views

signing_patterns = [
    path("<int:pk>/signed/", signing_views.signed, name="page"),
    path("<int:pk>/signed/<int:file>/", signing_views.signed_file, name="file"),
]

# Open to the world.
verify_patterns = [
    path("", verify_views.find, name="find"),
    path("<str:code>/", verify_views.notice, name="notice"),
]
