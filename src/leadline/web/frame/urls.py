"""The addresses of what stands around every page."""

from django.urls import path

from leadline.web.frame import go, parts, preferences

urlpatterns = [
    path("favicon.ico", parts.favicon, name="favicon"),
    path("go", go.go, name="go"),
    path("said", parts.said, name="said"),
    path("me", preferences.me, name="me"),
    path("me/theme", preferences.theme, name="theme"),
]
