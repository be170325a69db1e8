"""The clock, the generator, the log, and the request that work is done for."""
