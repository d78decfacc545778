from django.urls import path

from loudou.ui.soon import soon

app_name = "insight"
urlpatterns = [
    path("analysis/funnel/", soon, name="funnel"),
    path("analysis/promotion-table/", soon, name="promotion_table"),
    path("analysis/forecast-sheet/", soon, name="forecast_sheet"),
    path("analysis/anomalies/", soon, name="anomalies"),
]
