from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "leadline.web.company_pages"
    label = "companies"
