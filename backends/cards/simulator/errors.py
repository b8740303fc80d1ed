"""Stripe's errors (docs.stripe.com/api/errors): a type, a code, a sentence, the parameter at fault."""

from typing import Any


class ApiError(Exception):
    """An answer of 4xx or 5xx. `validation`: refused before anything began, so no idempotency key remembers it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type_: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ):
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"error": {"message": message, "type": type_}}
        if code:
            self.body["error"] |= {
                "code": code,
                "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
            }
        if param:
            self.body["error"]["param"] = param


def missing(param: str) -> ApiError:
    return ApiError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown(param: str) -> ApiError:
    return ApiError(400, f"Received unknown parameter: {param}", code="parameter_unknown", param=param)


def invalid(param: str, why: str, code: str | None = None) -> ApiError:
    return ApiError(400, why, code=code, param=param)


def no_such(kind: str, id_: str, param: str) -> ApiError:
    return ApiError(404, f"No such {kind}: '{id_}'", code="resource_missing", param=param)
