"""How a visit came: paid, mail, search, social, an AI assistant, a link, or by itself."""

from leadline.web.capture.reading.referrers.classed import channel_of

__all__ = ["channel_of"]
