"""What is measured, for Prometheus to collect."""

from litestar import Response, get

from app.metrics import CONTENT_TYPE, exposition


@get("/metrics", summary="Prometheus's text format", include_in_schema=False)
async def read_metrics() -> Response[bytes]:
    return Response(exposition(), headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE)
