"""The addresses of the workspace."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from leadline.web import health
from leadline.web.home import home

urlpatterns = [
    path("", home, name="home"),
    path("sign-in", LoginView.as_view(template_name="leadline/sign_in.html"), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("leadline.web.frame.urls")),
    path("", include("leadline.web.jobs.urls")),
    path("", include("leadline.web.forms.urls")),
    path("", include("leadline.web.capture.urls")),
    path("", include("leadline.web.lead_pages.urls")),
]
