from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "leadline.web.board"
    label = "board"
