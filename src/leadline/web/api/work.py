"""What the worker does for the API by itself."""

from leadline.web import jobs
from leadline.web.api.callers import forget_old

jobs.hourly(forget_old)
