from django.apps import AppConfig


class CaptureConfig(AppConfig):
    name = "leadline.web.capture"
    label = "capture"
