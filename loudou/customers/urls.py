from django.urls import path

from loudou.customers import views

app_name = "customers"
urlpatterns = [
    path("customers/", views.customers, name="list"),
    path("customers/count/", views.count, name="count"),
    path("customers/choices/<str:which>/", views.choices, name="choices"),
    path("customers/suggest/", views.suggest, name="suggest"),
    path("customers/add/", views.add, name="add"),
    path("customers/duplicates/", views.duplicates, name="duplicates"),
    path("customers/hand-over/", views.hand_over_several, name="hand_over_several"),
    path("customers/tag/", views.tag_several, name="tag_several"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/timeline/", views.timeline, name="timeline"),
    path("customers/<int:pk>/chain/", views.chain, name="chain"),
    path("customers/<int:pk>/chain/pdf/", views.chain_pdf, name="chain_pdf"),
    path("customers/<int:pk>/edit/", views.edit, name="edit"),
    path("customers/<int:pk>/hand-over/", views.hand_over, name="hand_over"),
    path("customers/<int:pk>/share/", views.share, name="share"),
    path("customers/<int:pk>/share/<int:user>/end/", views.unshare, name="unshare"),
    path("customers/<int:pk>/tag/", views.tag, name="tag"),
    path("customers/<int:pk>/phone/verify/", views.verify_phone, name="verify_phone"),
    path("customers/<int:pk>/phone/reveal/", views.reveal_phone, name="reveal_phone"),
    path("customers/<int:pk>/merge/", views.merge, name="merge"),
    path("customers/<int:pk>/merge/<int:merge>/undo/", views.unmerge, name="unmerge"),
    path("customers/<int:pk>/contacts/add/", views.add_contact, name="add_contact"),
    path("customers/<int:pk>/notes/", views.add_note, name="add_note"),
    path("customers/<int:pk>/files/", views.add_file, name="add_file"),
    path("customers/files/<int:pk>/", views.file, name="file"),
    path("customers/files/<int:pk>/remove/", views.remove_file, name="remove_file"),
    path("contacts/<int:pk>/edit/", views.edit_contact, name="edit_contact"),
    path("contacts/<int:pk>/left/", views.mark_left, name="mark_left"),
    path("contacts/<int:pk>/back/", views.mark_back, name="mark_back"),
    path("contacts/<int:pk>/phone/reveal/", views.reveal_contact, name="reveal_contact"),
]
