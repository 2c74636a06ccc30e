"""The addresses of imports."""

from django.urls import path

from leadline.web.importing import views

app_name = "imports"
urlpatterns = [
    path("imports", views.imports, name="list"),
    path("imports/new", views.new, name="new"),
    path("imports/<uuid:number>", views.page, name="page"),
    path("imports/<uuid:number>/mapping", views.mapping, name="mapping"),
    path("imports/<uuid:number>/again", views.again, name="again"),
    path("imports/<uuid:number>/run", views.run, name="run"),
    path("imports/<uuid:number>/undo", views.undo, name="undo"),
    path("imports/<uuid:number>/discard", views.discard, name="discard"),
    path("imports/<uuid:number>/refused.csv", views.refused, name="refused"),
]
