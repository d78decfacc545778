from django.urls import path

from loudou.insight.views import cohorts, figures, opened, rates, visits

app_name = "insight"
urlpatterns = [
    path("analysis/funnel/", figures.funnel, name="funnel"),
    path("analysis/cohorts/", cohorts.cohorts, name="cohorts"),
    path("analysis/cumulative/", cohorts.cumulative, name="cumulative"),
    path("analysis/coverage/", cohorts.coverage, name="coverage"),
    path("analysis/quota/", cohorts.quota, name="quota"),
    path("analysis/comparison/", cohorts.comparison, name="comparison"),
    path("analysis/win-rate/", rates.win_rate, name="win_rate"),
    path("analysis/bottlenecks/", figures.bottlenecks, name="bottlenecks"),
    path("analysis/promotion-table/", figures.promotion_table, name="promotion_table"),
    path("analysis/contact-table/", figures.contact_table, name="contact_table"),
    path("analysis/forecast-sheet/", figures.forecast_sheet, name="forecast_sheet"),
    path("analysis/forecast-categories/", rates.forecast_categories, name="forecast_categories"),
    path("analysis/success-rates/", rates.stage_probability, name="stage_probability"),
    path("analysis/success-rates/<int:pk>/", rates.choose_rates, name="choose_rates"),
    path("analysis/sales-progress/", rates.sales_progress, name="sales_progress"),
    path("analysis/anomalies/", figures.anomalies, name="anomalies"),
    path("analysis/anomalies/<str:kind>/", figures.anomaly_kind, name="anomaly_kind"),
    path("analysis/waterfall/", figures.waterfall, name="waterfall"),
    path("analysis/targets/", figures.target_progress, name="target_progress"),
    path("analysis/visits/", visits.visit_discipline, name="visit_discipline"),
    path("analysis/visits/records/", visits.visit_records, name="visit_records"),
    path("analysis/records/", opened.show_records, name="records"),
    path("analysis/choices/<str:which>/", figures.choices, name="choices"),
    path("analysis/filter/", figures.filter_figures, name="filter"),
    path("analysis/files/<str:report>.<str:form>", figures.file, name="file"),
]
