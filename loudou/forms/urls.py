from django.urls import path

from loudou.forms.views import catalogue, designing, records, worth

app_name = "forms"
urlpatterns = [
    path("forms/", catalogue.forms, name="list"),
    path("forms/propose/", catalogue.propose, name="propose"),
    path("forms/hand-ins/", worth.hand_ins, name="hand_ins"),
    path("forms/hand-ins/file/<slug:form>/", worth.hand_ins_file, name="hand_ins_file"),
    path("forms/worth/", worth.worth, name="worth"),
    path("forms/worth/file/<slug:form>/", worth.worth_file, name="worth_file"),
    path("forms/map/", worth.coverage, name="map"),
    path("forms/records/", records.records, name="records"),
    path("forms/records/<int:pk>/", records.record, name="record"),
    path("forms/records/<int:pk>/correct/", records.correct, name="correct"),
    path("forms/records/<int:pk>/read/", records.read, name="read"),
    path("forms/records/<int:pk>/use/", records.use, name="use"),
    path("forms/records/<int:pk>/doubt/", records.doubt, name="doubt"),
    path("forms/records/<int:pk>/paper/", records.paper, name="paper"),
    path("forms/files/<int:pk>/", records.file, name="file"),
    path("forms/reviews/<int:pk>/", worth.review, name="review"),
    path("forms/versions/<int:pk>/", designing.version, name="version"),
    path("forms/versions/<int:pk>/edit/", designing.edit, name="edit"),
    path("forms/versions/<int:pk>/justify/", designing.justify, name="justify"),
    path("forms/versions/<int:pk>/ask/", designing.ask, name="ask"),
    path("forms/versions/<int:pk>/issue/", designing.issue, name="issue"),
    path("forms/versions/<int:pk>/drop/", designing.drop, name="drop"),
    path("forms/<int:pk>/", catalogue.form, name="form"),
    path("forms/<int:pk>/fill/", records.fill, name="fill"),
    path("forms/<int:pk>/records.<slug:kind>", records.take_out, name="take_out"),
    path("forms/<int:pk>/change/", catalogue.change, name="change"),
    path("forms/<int:pk>/retire/", catalogue.retire, name="retire"),
    path("forms/<int:pk>/give/", catalogue.give, name="give"),
    path("customers/<int:pk>/forms/", records.of_customer, name="of_customer"),
    path("deals/<int:pk>/forms/", records.of_deal, name="of_deal"),
    path("signoff/<int:pk>/forms/confirm/", designing.confirm, name="confirm"),
    path("signoff/<int:pk>/forms/refuse/", designing.refuse, name="refuse"),
]
