"""What a deletion answers."""

from app.http.wire.body import Body


class DeletedBody(Body):
    """What is gone."""

    id: str
