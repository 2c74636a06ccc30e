"""The addresses of the workspace."""

from django.urls import include, path

from leadline.web import health

urlpatterns = [
    path("", include("leadline.web.accounts.urls")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("leadline.web.today.urls")),
    path("", include("leadline.web.frame.urls")),
    path("", include("leadline.web.jobs.urls")),
    path("", include("leadline.web.forms.urls")),
    path("", include("leadline.web.capture.urls")),
    path("", include("leadline.web.importing.urls")),
    path("", include("leadline.web.lead_pages.urls")),
    path("", include("leadline.web.lead_pages.segment_urls")),
    path("", include("leadline.web.program_pages.urls")),
    path("", include("leadline.web.privacy.urls")),
    path("", include("leadline.web.quality.urls")),
    path("", include("leadline.web.learning.urls")),
    path("", include("leadline.web.company_pages.urls")),
    path("api/v1/", include("leadline.web.api.urls")),
]
