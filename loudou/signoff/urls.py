from django.urls import path

from loudou.signoff import views

app_name = "signoff"
urlpatterns = [
    path("signoff/", views.inbox, name="inbox"),
    path("signoff/<int:pk>/", views.request, name="request"),
    path("signoff/<int:pk>/opened/", views.opened, name="opened"),
    path("signoff/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
