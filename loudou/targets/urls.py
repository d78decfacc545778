from django.urls import path

from loudou.targets.views import decompose, seasons, sheet, targets

app_name = "targets"
urlpatterns = [
    path("targets/add/", targets.add, name="add"),
    path("targets/decompose/", decompose.decompose, name="decompose"),
    path("targets/sheet/", sheet.sheet, name="sheet"),
    path("targets/sheet/data/", sheet.sheet_data, name="sheet_data"),
    path("targets/sheet/cells/", sheet.set_cells, name="set_cells"),
    path("targets/sheet/row/<slug:key>/", sheet.sheet_row, name="sheet_row"),
    path("targets/seasons/", seasons.seasons, name="seasons"),
    path("targets/seasons/learn/", seasons.learn_seasons, name="learn_seasons"),
    path("targets/<int:pk>/", targets.target, name="target"),
    path("targets/<int:pk>/adjust/", targets.adjust, name="adjust"),
    path("targets/<int:pk>/withdraw/", targets.withdraw, name="withdraw"),
]
