from django.urls import path

from tasks.work import feed_views, views

work_patterns = [
    path("tasks/", views.task_list, name="list"),
    path("tasks/new/", views.task_new, name="new"),
    path("tasks/register/", views.register, name="register"),
    path("tasks/feed/", feed_views.feed_link, name="feed_link"),
    path("tasks/feed/<str:key>.ics", feed_views.feed, name="feed"),
    path("tasks/<int:pk>/", views.task_detail, name="detail"),
    path("tasks/<int:pk>/edit/", views.task_edit, name="edit"),
    path("tasks/<int:pk>/report/", views.task_report, name="report"),
    path("tasks/<int:pk>/decide/", views.task_decide, name="decide"),
    path("tasks/<int:pk>/extension/", views.task_extension, name="extension"),
    path("tasks/<int:pk>/extension/decide/", views.extension_decide, name="extension_decide"),
    path("tasks/conclusions/<int:pk>/", views.conclusion_mark, name="conclusion"),
    path("communes/<str:code>/sub-items/<str:sub_item>/tasks/", views.of_sub_item, name="of_sub_item"),
]
