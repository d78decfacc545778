from django.urls import path

from loudou.catalog import views

app_name = "catalog"
urlpatterns = [
    path("products/", views.products, name="list"),
    path("products/add/", views.add, name="add"),
    path("products/suggest/", views.suggest, name="suggest"),
    path("products/retire/", views.retire_several, name="retire_several"),
    path("products/restore/", views.restore_several, name="restore_several"),
    path("products/<int:pk>/", views.product, name="product"),
    path("products/<int:pk>/edit/", views.edit, name="edit"),
    path("products/<int:pk>/retire/", views.retire, name="retire"),
    path("products/<int:pk>/restore/", views.restore, name="restore"),
]
