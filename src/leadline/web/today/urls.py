"""The addresses of where everybody lands."""

from django.urls import path

from leadline.web.today import rejections, views

urlpatterns = [
    path("", views.home, name="home"),
    path("rejections", rejections.page, name="rejections"),
]
