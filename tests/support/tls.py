"""The one TLS context of the tests' clients: to read a machine's certificates anew costs more than most tests do."""

import ssl

TLS = ssl.create_default_context()
