from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "leadline.web.quality"
    label = "quality"

    def ready(self) -> None:
        from leadline.web.quality import erased

        erased.register()
