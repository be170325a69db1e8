"""Bodies and parameters as they are on the wire (api.md): read into the domain's values, written from them."""
