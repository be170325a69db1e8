"""Keeps what is secret in HashiCorp Vault or OpenBao: KV version 2, by hvac over aiohttp."""
