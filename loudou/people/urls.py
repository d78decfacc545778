from django.urls import path

from loudou.people import views
from loudou.ui.soon import soon

app_name = "people"
urlpatterns = [
    path("login/", views.sign_in, name="sign_in"),
    path("login/code/", views.code, name="code"),
    path("logout/", views.sign_out, name="sign_out"),
    path("welcome/", views.first_run, name="first_run"),
    path("language/", views.language, name="language"),
    path("account/", views.account, name="account"),
    path("account/password/", views.change_password, name="change_password"),
    path("account/second-factor/", views.second_factor, name="second_factor"),
    path("account/sessions/end/", views.end_sessions, name="end_sessions"),
    path("account/tokens/", views.make_token, name="make_token"),
    path("settings/organisation/", soon, name="organisation"),
    path("settings/units/", soon, name="units"),
    path("settings/units/<int:pk>/", soon, name="unit"),
    path("settings/people/", soon, name="people"),
    path("settings/people/<int:pk>/", soon, name="person"),
    path("settings/roles/", soon, name="roles"),
    path("settings/calendars/", soon, name="calendars"),
    path("settings/calendars/<int:pk>/", soon, name="calendar"),
    path("settings/rates/", soon, name="rates"),
    path("people/suggest/", soon, name="suggest"),
    path("account/tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
]
