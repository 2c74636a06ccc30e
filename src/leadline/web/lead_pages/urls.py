"""The addresses of leads."""

from django.urls import path

from leadline.web.lead_pages import views

app_name = "leads"
urlpatterns = [
    path("leads", views.leads, name="list"),
    path("lead/<int:number>", views.lead, name="page"),
]
