"""Answers that it is well."""

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from src.status import status


async def health(_request):
    return JSONResponse({"status": status()})


app = Starlette(routes=[Route("/health", health)])
