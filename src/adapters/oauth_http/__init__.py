"""Requests to providers: the one client that goes where tenants point it, and its guard."""
