"""Tokens that say who somebody is, by joserfc: those that we sign, and those that others do."""
