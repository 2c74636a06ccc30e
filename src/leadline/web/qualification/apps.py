from django.apps import AppConfig
from django.utils.translation import get_language, gettext, ngettext

from leadline.model import speech


class QualificationConfig(AppConfig):
    name = "leadline.web.qualification"
    label = "qualification"

    def ready(self) -> None:
        """Sentences about models and leads are said in the language of whoever reads the page."""
        speech.speak(gettext, ngettext, lowers=lambda: not (get_language() or "en").startswith("de"))
