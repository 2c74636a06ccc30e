"""Programs on screen: the published model in plain words, its drafts, what they would do, and consent."""
