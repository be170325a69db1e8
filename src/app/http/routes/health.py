"""Whether the process lives, and whether it can work."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec

from app.use_cases.check_readiness import CheckReadiness


@get("/livez", summary="The process answers")
async def livez() -> dict[str, str]:
    return {"status": "ok"}


@get(
    "/readyz",
    summary="Each dependency by name: ok, or what to do",
    responses={503: ResponseSpec(dict[str, object], generate_examples=False, description="Something does not answer.")},
)
async def readyz(check_readiness: NamedDependency[CheckReadiness]) -> Response[dict[str, object]]:
    problems = await check_readiness()
    ready = not any(problems.values())
    return Response(
        {
            "status": "ok" if ready else "unavailable",
            "dependencies": {name: problem or "ok" for name, problem in problems.items()},
        },
        status_code=200 if ready else 503,
        headers={"Cache-Control": "no-store"},
    )
