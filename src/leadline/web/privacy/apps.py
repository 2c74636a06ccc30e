from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "leadline.web.privacy"
    label = "privacy"

    def ready(self) -> None:
        from leadline.web.privacy import elsewhere  # noqa: F401 - says what it erases
