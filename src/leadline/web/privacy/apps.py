from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "leadline.web.privacy"
    label = "privacy"
