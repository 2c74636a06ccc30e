from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "leadline.web.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Every app's `work.py` says which kinds of work it does."""
        autodiscover_modules("work")
