"""Each port in a dict, held to the same contract suites as the real ones: for tests, which may trust it."""
