"""The operating system's clock and generator."""
