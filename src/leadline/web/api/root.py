"""The API put together: one address, one kind of key, one kind of error."""

from __future__ import annotations

from ninja import NinjaAPI

import leadline
from leadline.web.api import problems, reading, segments, works, writing
from leadline.web.api.callers import Key
from leadline.web.api.router import router

api = NinjaAPI(
    title="Leadline",
    version=leadline.__version__,
    description=(
        "Leads, their facts, how they stand and why, as of now or any instant of the past. "
        "Lists come in pages: hand back `next` as `cursor`. A call that writes may carry an "
        "`Idempotency-Key`: sent again within a day it is answered again and done once. "
        "Errors are RFC 9457 problems."
    ),
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
    auth=Key(),
)
problems.install(api)
OPERATIONS = (reading, writing, segments, works)  # imported, they have registered themselves
api.add_router("", router)
