from django.urls import path

from loudou.ui.soon import soon

app_name = "signoff"
urlpatterns = [
    path("signoff/", soon, name="inbox"),
    path("signoff/<int:pk>/", soon, name="request"),
]
