from django.urls import path

from loudou.market.views import picture, walks

app_name = "market"
urlpatterns = [
    path("market/", picture.picture, name="picture"),
    path("market/file/<slug:form>/", picture.picture_file, name="picture_file"),
    path("market/walks/", walks.walks, name="walks"),
    path("market/walks/record/", walks.record, name="record"),
    path("market/walks/file/<slug:form>/", walks.walks_file, name="walks_file"),
    path("market/walks/<int:pk>/", walks.walk, name="walk"),
    path("market/walks/<int:pk>/annul/", walks.annul, name="annul"),
]
