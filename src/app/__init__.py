"""Is reached: HTTP, pages, the command, and the wiring."""
