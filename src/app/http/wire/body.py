"""What all bodies have in common."""

import msgspec


class Body(msgspec.Struct, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """camelCase members, and no others; absent members are left out."""
