from django.urls import path

from loudou.ui.soon import soon

app_name = "catalog"
urlpatterns = [
    path("products/", soon, name="list"),
]
