from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "leadline.web.learning"
    label = "learning"
