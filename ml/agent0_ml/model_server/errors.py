"""Failures as vLLM tells them: a status code and `{"error": {message, type, param, code}}`."""

from __future__ import annotations

_TYPES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    411: "LengthRequired",
    413: "RequestEntityTooLarge",
    414: "RequestUriTooLong",
    415: "UnsupportedMediaType",
    429: "RateLimitError",
    500: "InternalServerError",
    503: "ServiceUnavailableError",
}


class ApiError(Exception):
    def __init__(self, status: int, message: str, param: str | None = None, kind: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.kind = kind or _TYPES[status]

    def body(self) -> dict:
        return {"error": {"message": str(self), "type": self.kind, "param": self.param, "code": self.status}}


def bad_request(message: str, param: str | None = None) -> ApiError:
    return ApiError(400, message, param)


def bad_form(message: str, param: str | None = None) -> ApiError:
    """The body, or a field of it, is missing or of another type."""
    return ApiError(400, message, param, "Bad Request")


def bad_input(message: str, param: str) -> ApiError:
    """A name or a path of an adapter that cannot be taken."""
    return ApiError(400, message, param, "InvalidUserInput")
