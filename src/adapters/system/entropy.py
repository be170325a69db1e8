import secrets


class SystemEntropy:
    """An Entropy: the operating system's generator."""

    def randomness(self, size: int) -> bytes:
        return secrets.token_bytes(size)
