"""Scaffolding while rooms are being built; gone before the house is shown."""

from django.http import HttpRequest, HttpResponse


def soon(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("soon")
