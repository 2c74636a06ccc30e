from django.apps import AppConfig


class ProgramPagesConfig(AppConfig):
    name = "leadline.web.program_pages"
    label = "program_pages"
