from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "leadline.web.api"
    label = "api"
