"""The addresses of data quality."""

from django.urls import path

from leadline.web.quality import views

app_name = "quality"
urlpatterns = [
    path("quality", views.home, name="home"),
    path("quality/duplicates", views.duplicates, name="duplicates"),
    path("quality/duplicates/of/<int:number>", views.of_lead, name="of-lead"),
    path("quality/duplicates/look", views.look, name="look"),
    path("quality/duplicates/<int:number>", views.decide, name="decide"),
    path("quality/duplicates/<int:number>/undo", views.undecide, name="undecide"),
    path("quality/leads/<str:kind>", views.leads, name="leads"),
    path("quality/leads/<str:kind>/<str:field>", views.leads, name="field"),
]
