"""Postgres: everything that is not secret, in plain SQL over psycopg.

A file for each port. One statement does what must be atomic, and is its own transaction: what cannot be left half done
needs no clean-up, and any pooler will do. Times that decide are ``clock_timestamp()``'s.
"""
