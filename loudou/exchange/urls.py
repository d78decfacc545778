from django.urls import path

from loudou.exchange.api.pages import guide
from loudou.exchange.views import exporting, importing, target_sheets

app_name = "exchange"
urlpatterns = [
    path("imports/", importing.imports, name="imports"),
    path("imports/<int:pk>/", importing.show, name="import"),
    path("imports/<int:pk>/state/", importing.state, name="state"),
    path("imports/<int:pk>/problems/", importing.problems, name="problems"),
    path("imports/<int:pk>/refused/", importing.refused, name="refused"),
    path("imports/<int:pk>/read/", importing.read, name="read"),
    path("imports/<int:pk>/map/", importing.map, name="map"),
    path("imports/<int:pk>/check/", importing.check, name="check"),
    path("imports/<int:pk>/write/", importing.write, name="write"),
    path("imports/<int:pk>/stop/", importing.stop, name="stop"),
    path("imports/<int:pk>/undo/", importing.undo, name="undo"),
    path("imports/mappings/<int:pk>/remove/", importing.remove_mapping, name="remove_mapping"),
    path("exports/", exporting.exports, name="exports"),
    path("exports/list/", exporting.export_list, name="export_list"),
    path("exports/<int:pk>/download/", exporting.download, name="download"),
    path("signoff/<int:pk>/exports/confirm/", exporting.confirm, name="confirm"),
    path("signoff/<int:pk>/exports/refuse/", exporting.refuse, name="refuse"),
    path("targets/sheet/out/", target_sheets.target_sheet, name="target_sheet"),
    path("targets/sheet/in/", target_sheets.read_target_sheet, name="read_target_sheet"),
    path("settings/api/", guide, name="api"),
]
