from django.apps import AppConfig


class ImportingConfig(AppConfig):
    name = "leadline.web.importing"
    label = "importing"
