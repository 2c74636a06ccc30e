from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "leadline.web.forms"
    label = "forms"
