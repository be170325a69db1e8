"""The steps of each verb, in order. Ports in, domain decides; nothing here knows HTTP or SQL."""
