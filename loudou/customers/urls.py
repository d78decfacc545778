from django.urls import path

from loudou.ui.soon import soon

app_name = "customers"
urlpatterns = [
    path("customers/", soon, name="list"),
    path("customers/add/", soon, name="add"),
    path("customers/suggest/", soon, name="suggest"),
    path("customers/<int:pk>/", soon, name="customer"),
]
