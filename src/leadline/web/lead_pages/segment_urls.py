"""The addresses of segments."""

from django.urls import path

from leadline.web.lead_pages import segment_views

app_name = "segments"
urlpatterns = [
    path("segments", segment_views.listed, name="list"),
    path("segments/new", segment_views.new, name="new"),
    path("segments/check", segment_views.check, name="check"),
    path("segment/<int:number>", segment_views.page, name="page"),
    path("segment/<int:number>/edit", segment_views.edit, name="edit"),
    path("segment/<int:number>/remove", segment_views.remove, name="remove"),
    path("segment/<int:number>/restore", segment_views.restore, name="restore"),
]
