"""A network that fails as a test asks: a TCP proxy in front of Vault, Postgres or a provider.

async with a_proxy("127.0.0.1", 5432) as proxy:
    proxy.fault = LoseAnswer(to=b"COMMIT")
    ...
    await proxy.until_met()
    proxy.fault = None
"""

from tests.support.network.faults import BlackHole, Cut, Fault, Latency, LoseAnswer, Reset, Slicer
from tests.support.network.proxy import TcpProxy, a_proxy

__all__ = ["BlackHole", "Cut", "Fault", "Latency", "LoseAnswer", "Reset", "Slicer", "TcpProxy", "a_proxy"]
