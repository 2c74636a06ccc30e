"""The addresses of sources, and of messages that could not be read."""

from django.urls import path

from leadline.web.capture import failed_views as failed
from leadline.web.capture import views

app_name = "sources"
urlpatterns = [
    path("sources", views.sources, name="list"),
    path("sources/new", views.new, name="new"),
    path("source/<slug:slug>", views.source, name="page"),
    path("source/<slug:slug>/installed", views.installed, name="installed"),
    path("source/<slug:slug>/settings", views.settings, name="settings"),
    path("source/<slug:slug>/live", views.live, name="live"),
    path("source/<slug:slug>/live/messages", views.live_messages, name="live-messages"),
    path("source/<slug:slug>/keys", views.add_key, name="add-key"),
    path("source/<slug:slug>/keys/<int:key>/revoke", views.revoke_key, name="revoke-key"),
    path("source/<slug:slug>/keys/<int:key>/restore", views.restore_key, name="restore-key"),
    path("failed", failed.failures, name="failed"),
    path("failed/again", failed.again, name="again"),
    path("failed/discard", failed.discard_all, name="discard-all"),
    path("failed/<int:number>", failed.failure, name="failure"),
    path("failed/<int:number>/discard", failed.discard_one, name="discard"),
    path("failed/<int:number>/take-up", failed.take_up_one, name="take-up"),
]
