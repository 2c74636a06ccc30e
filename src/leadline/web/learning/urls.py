"""The addresses of learning."""

from django.urls import path

from leadline.web.learning import views

app_name = "learning"
urlpatterns = [
    path("learning", views.home, name="home"),
    path("learning/<slug:slug>", views.page, name="page"),
    path("learning/<slug:slug>/train", views.train, name="train"),
    path("learning/<slug:slug>/ask", views.ask, name="ask"),
    path("learning/<slug:slug>/persona/<int:number>", views.persona, name="persona"),
    path("learning/<slug:slug>/activate/<int:number>", views.activate, name="activate"),
    path("learning/<slug:slug>/back", views.back, name="back"),
    path("learning/<slug:slug>/off", views.off, name="off"),
    path("learning/<slug:slug>/settings", views.settings, name="settings"),
    path("learning/<slug:slug>/vouch", views.vouch, name="vouch"),
    path("learning/<slug:slug>/predictor/<int:number>", views.file, name="file"),
]
