from django.urls import path

from loudou.ui.soon import soon

app_name = "exchange"
urlpatterns = [
    path("imports/", soon, name="imports"),
    path("exports/", soon, name="exports"),
]
