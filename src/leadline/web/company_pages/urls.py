"""The addresses of companies."""

from django.urls import path

from leadline.web.company_pages import views

app_name = "companies"
urlpatterns = [
    path("companies", views.companies, name="list"),
    path("companies/targets", views.target, name="target"),
    path("companies/targets/again", views.retarget, name="retarget"),
    path("companies/group", views.group, name="group"),
    path("company/<str:domain>", views.company, name="page"),
]
