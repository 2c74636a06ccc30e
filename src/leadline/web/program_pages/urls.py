"""The addresses of programs."""

from django.urls import path

from leadline.web.program_pages import consent_views, draft_views, views

app_name = "program"
urlpatterns = [
    path("programs", views.programs, name="list"),
    path("programs/new", views.new, name="new"),
    path("program/<slug:slug>", views.program, name="page"),
    path("program/<slug:slug>/switch", views.switch, name="switch"),
    path("program/<slug:slug>/consent", views.consent_rule, name="consent-rule"),
    path("program/<slug:slug>/versions", views.versions, name="versions"),
    path("program/<slug:slug>/version/<int:number>", views.version, name="version"),
    path("program/<slug:slug>/version/<int:number>/roll-back", views.roll_back, name="roll-back"),
    path("program/<slug:slug>/progress", views.progress, name="progress"),
    path("program/<slug:slug>/drafts", draft_views.begin, name="begin"),
    path("program/<slug:slug>/draft/<int:number>", draft_views.edit, name="edit"),
    path("program/<slug:slug>/draft/<int:number>/change", draft_views.change, name="change"),
    path("program/<slug:slug>/draft/<int:number>/impact", draft_views.impact, name="impact"),
    path("program/<slug:slug>/draft/<int:number>/evidence", draft_views.evidence, name="evidence"),
    path("program/<slug:slug>/draft/<int:number>/try", draft_views.try_it, name="try"),
    path("program/<slug:slug>/draft/<int:number>/act", draft_views.act, name="act"),
    path("program/<slug:slug>/report/<int:number>", draft_views.report, name="report"),
    path("program/<slug:slug>/proposal/<int:number>", consent_views.proposal, name="proposal"),
    path("program/<slug:slug>/proposal/<int:number>/say", consent_views.say, name="say"),
    path("program/<slug:slug>/proposal/<int:number>/publish", consent_views.publish, name="publish"),
]
