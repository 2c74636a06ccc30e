"""What stands around every page: the way to the other screens, Ctrl-K, messages, one's own preferences."""
