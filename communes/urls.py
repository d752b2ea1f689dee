from django.urls import path

from communes import account_views, message_views, views

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("account/", message_views.account, name="account"),
    path("start/<str:uidb64>/<str:token>/", views.StartView.as_view(), name="start"),
    path("accounts/waiting/", account_views.waiting, name="waiting_accounts"),
    path("account/password/", views.PasswordView.as_view(), name="password"),
]

message_patterns = [
    path("", message_views.message_list, name="list"),
    path("read/", message_views.read_all, name="read_all"),
    path("<int:pk>/", message_views.open_message, name="open"),
]
