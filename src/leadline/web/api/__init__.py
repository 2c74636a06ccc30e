"""The REST API: what the screens show and do, for programs with an API key."""
