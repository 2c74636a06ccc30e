"""The documents that browser clients load before they send anything."""

from __future__ import annotations

from typing import Any

from leadline.web.capture.keys import Source

UPDATED_AT = "2026-01-01T00:00:00.000Z"


def segment_settings(key: str, web_address: str) -> dict[str, Any]:
    """For Segment's browser and mobile clients: send to this server, load nothing else."""
    scheme, _, host = web_address.partition("://")
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": key,
                "apiHost": f"{host.rstrip('/')}/v1",
                "protocol": scheme,
                "addBundledMetadata": True,
                "unbundledIntegrations": [],
                "bundledIds": [],
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
            }
        },
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }


def rudder_source(key: str, source: Source | None) -> dict[str, Any]:
    """For RudderStack's browser and mobile clients: one source without destinations."""
    name = source.slug if source else "leadline"
    return {
        "source": {
            "id": name,
            "name": name,
            "writeKey": key,
            "workspaceId": "leadline",
            "enabled": True,
            "updatedAt": UPDATED_AT,
            "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
            "dataplanes": {},
            "destinations": [],
            "connections": [],
        },
        "updatedAt": UPDATED_AT,
    }
