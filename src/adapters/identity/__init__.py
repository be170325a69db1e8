"""Tokens that say who somebody is, by joserfc: those that we sign."""
