"""The addresses of jobs."""

from django.urls import path

from leadline.web.jobs import views

app_name = "jobs"
urlpatterns = [
    path("job/<uuid:job>", views.page, name="page"),
    path("job/<uuid:job>/part", views.part, name="part"),
    path("job/<uuid:job>/cancel", views.cancel, name="cancel"),
]
