"""Who may import: those with the right to, who see all leads. What a list says concerns anybody's."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from leadline.web.accounts.access import owners_seen
from leadline.web.importing.models import Import


def sees_all_leads(request: HttpRequest) -> None:
    """Raises PermissionDenied for one who sees a part: a preview shows what is known of anybody."""
    if owners_seen(request.user) is not None:
        raise PermissionDenied


def import_or_404(request: HttpRequest, number: UUID) -> Import:
    sees_all_leads(request)
    return get_object_or_404(Import.objects.select_related("by", "job"), pk=number)
