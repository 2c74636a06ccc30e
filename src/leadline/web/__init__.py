"""The workspace: capture, the lead database and all that people see, around the library."""
