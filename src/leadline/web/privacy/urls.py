"""The addresses of privacy."""

from django.urls import path

from leadline.web.privacy import views

app_name = "privacy"
urlpatterns = [
    path("privacy", views.home, name="home"),
    path("privacy/lead/<int:number>", views.person, name="lead"),
    path("privacy/lead/<int:number>/data", views.hand_out, name="hand-out"),
    path("privacy/lead/<int:number>/erase", views.erase, name="erase"),
    path("privacy/erasure/<uuid:key>", views.certificate, name="certificate"),
    path("privacy/rule/<str:kind>", views.rule, name="rule"),
]
