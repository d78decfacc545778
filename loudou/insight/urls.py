from django.urls import path

from loudou.insight import views

app_name = "insight"
urlpatterns = [
    path("analysis/funnel/", views.funnel, name="funnel"),
    path("analysis/bottlenecks/", views.bottlenecks, name="bottlenecks"),
    path("analysis/promotion-table/", views.promotion_table, name="promotion_table"),
    path("analysis/contact-table/", views.contact_table, name="contact_table"),
    path("analysis/forecast-sheet/", views.forecast_sheet, name="forecast_sheet"),
    path("analysis/anomalies/", views.anomalies, name="anomalies"),
    path("analysis/waterfall/", views.waterfall, name="waterfall"),
    path("analysis/targets/", views.target_progress, name="target_progress"),
    path("analysis/records/", views.show_records, name="records"),
    path("analysis/choices/<str:which>/", views.choices, name="choices"),
    path("analysis/filter/", views.filter_figures, name="filter"),
    path("analysis/files/<str:report>.<str:form>", views.file, name="file"),
]
