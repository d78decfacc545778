from django.urls import path

from loudou.broadcasts.views import screens, subscriptions

app_name = "broadcasts"
urlpatterns = [
    path("subscriptions/", subscriptions.subscriptions, name="subscriptions"),
    path("subscriptions/new/", subscriptions.subscribe, name="subscribe"),
    path("subscriptions/<int:pk>/", subscriptions.edit_subscription, name="edit_subscription"),
    path("subscriptions/<int:pk>/stop/", subscriptions.stop_subscription, name="stop_subscription"),
    path("mail/stop/<str:key>/", subscriptions.unsubscribe, name="unsubscribe"),
    path("screens/", screens.screens, name="screens"),
    path("screens/new/", screens.make_screen, name="make_screen"),
    path("screens/<int:pk>/renew/", screens.renew_screen, name="renew_screen"),
    path("screens/<int:pk>/down/", screens.revoke_screen, name="revoke_screen"),
    path("tv/<str:secret>/", screens.show, name="show"),
]
