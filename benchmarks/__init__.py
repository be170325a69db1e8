"""The workloads W1 to W6, each against a reference that takes turns with it. ``make bench`` runs them all."""
