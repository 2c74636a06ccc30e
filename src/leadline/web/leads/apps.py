from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leadline.web.leads"
    label = "leads"
