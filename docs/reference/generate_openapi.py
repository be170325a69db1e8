"""Write ``openapi.json`` as the service answers it: `make openapi`. A test holds that it is up to date."""

from pathlib import Path

from app.asgi import create_app
from app.container import Container
from app.http.openapi_document import document, encoded
from app.settings import Settings

FILE = Path(__file__).parent / "openapi.json"


def written() -> bytes:
    """The file as it has to be."""
    app = create_app(Container(settings=Settings()))
    return encoded(document(app.openapi_schema.to_schema()))


if __name__ == "__main__":
    FILE.write_bytes(written())
