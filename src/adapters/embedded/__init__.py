"""Real servers from their wheels for ``switchboard dev``, the demo and the tests: OpenBao, Postgres, a provider."""
