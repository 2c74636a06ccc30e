"""Forms: the pages that strangers fill in under /f/, and where the team makes them."""

from django.urls import path

from leadline.web.forms import embedding, manage, views

app_name = "forms"

urlpatterns = [
    path("f/<slug:slug>.js", embedding.script, name="script"),
    path("f/<slug:slug>", views.fill_in, {"framed": False}, name="hosted-form"),
    path("f/<slug:slug>/", views.fill_in, {"framed": False}, name="hosted-form-slashed"),
    path("f/<slug:slug>/thanks", views.thanks, {"framed": False}, name="hosted-thanks"),
    path("f/<slug:slug>/anew", views.anew, name="anew"),
    path("f/<slug:slug>/partial", views.partial, name="partial"),
    path("f/<slug:slug>/frame", views.fill_in, {"framed": True}, name="frame-form"),
    path("f/<slug:slug>/frame/visitor", views.frame_for_visitor, name="frame-visitor"),
    path("f/<slug:slug>/frame/thanks", views.thanks, {"framed": True}, name="frame-thanks"),
    path("forms", manage.overview, name="list"),
    path("forms/new", manage.create, name="new"),
    path("forms/<slug:slug>", manage.edit, name="edit"),
    path("forms/<slug:slug>/preview", manage.preview, name="preview"),
    path("forms/<slug:slug>/publish", manage.publish, name="publish"),
    path("forms/<slug:slug>/withdraw", manage.withdraw, name="withdraw"),
]
