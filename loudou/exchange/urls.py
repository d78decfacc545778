from django.urls import path

from loudou.exchange.api.pages import guide
from loudou.exchange.views import exporting
from loudou.ui.soon import soon

app_name = "exchange"
urlpatterns = [
    path("imports/", soon, name="imports"),
    path("exports/", exporting.exports, name="exports"),
    path("exports/list/", exporting.export_list, name="export_list"),
    path("exports/<int:pk>/download/", exporting.download, name="download"),
    path("signoff/<int:pk>/exports/confirm/", exporting.confirm, name="confirm"),
    path("signoff/<int:pk>/exports/refuse/", exporting.refuse, name="refuse"),
    path("settings/api/", guide, name="api"),
]
