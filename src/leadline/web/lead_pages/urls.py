"""The addresses of leads."""

from django.urls import path

from leadline.web.lead_pages import acting_views, bulk_views, export, lead_views, views

app_name = "leads"
urlpatterns = [
    path("leads", views.leads, name="list"),
    path("leads/export", export.export, name="export"),
    path("leads/act", bulk_views.act, name="bulk"),
    path("leads/act/<uuid:batch>", bulk_views.done, name="act"),
    path("leads/act/<uuid:batch>/undo", bulk_views.undo_act, name="undo"),
    path("leads/views", views.save_view, name="views"),
    path("leads/views/<int:number>/remove", views.remove_view, name="remove-view"),
    path("leads/views/<int:number>/restore", views.restore_view, name="restore-view"),
    path("lead/<int:number>", lead_views.lead, name="page"),
    path("lead/<int:number>/learn", acting_views.learn, name="learn"),
    path("lead/<int:number>/note", acting_views.note, name="note"),
    path("lead/<int:number>/decide", acting_views.decide, name="decide"),
    path("lead/<int:number>/take-back/<str:code>", acting_views.take_back, name="take-back"),
    path("lead/<int:number>/void/<str:code>", acting_views.void, name="void"),
    path("lead/<int:number>/count/<str:code>", acting_views.count, name="count"),
    path("lead/<int:number>/assign", acting_views.assign, name="assign"),
    path("lead/<int:number>/tag", acting_views.tag, name="tag"),
    path("lead/<int:number>/undo/<uuid:batch>", acting_views.undo_act, name="undo"),
    path("lead/<int:number>/merge", acting_views.merge, name="merge"),
    path("merge/<int:number>/take-back", acting_views.unmerge, name="unmerge"),
]
