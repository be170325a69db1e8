"""Decides. Standard library and attrs only: no await, no clock, no randomness."""
