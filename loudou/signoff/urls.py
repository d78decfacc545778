from django.urls import path

from loudou.signoff import views

app_name = "signoff"
urlpatterns = [
    path("signoff/", views.inbox, name="inbox"),
    path("signoff/delegate/", views.delegate, name="delegate"),
    path("signoff/delegate/<int:pk>/end/", views.end_delegation, name="end_delegation"),
    path("signoff/paper/<int:pk>/confirm/", views.confirm, name="confirm"),
    path("signoff/paper/<int:pk>/refuse/", views.refuse, name="refuse"),
    path("signoff/<int:pk>/", views.request, name="request"),
    path("signoff/<int:pk>/opened/", views.opened, name="opened"),
    path("signoff/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
