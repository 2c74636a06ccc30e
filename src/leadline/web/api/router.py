"""Where the operations register: one router, so that one address can be read and written."""

from ninja import Router

router = Router()
