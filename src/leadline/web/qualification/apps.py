from django.apps import AppConfig


class QualificationConfig(AppConfig):
    name = "leadline.web.qualification"
    label = "qualification"
