"""An AWS request as it comes over the wire: who signed it, for which operation, with which parameters."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/[\w-]+/([\w-]+)/")
# X-Ray's protocol has paths where the others name the operation.
_PATHS = {
    "/ServiceGraph": "GetServiceGraph",
    "/TelemetryRecords": "PutTelemetryRecords",
    "/TraceSegments": "PutTraceSegments",
}
# CloudWatch signs under one name and is allowed under another.
_PREFIXES = {"monitoring": "cloudwatch"}


@dataclass(frozen=True, slots=True)
class Asking:
    """One request; the parameters of the query protocols are flat (`Ids.1`), those of JSON are not."""

    key: str
    token: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    query: bool

    @property
    def action(self) -> str:
        """Return the action by whose name IAM allows the operation."""
        return f"{_PREFIXES.get(self.service, self.service)}:{self.operation}"


def read(environ: dict[str, Any]) -> Asking:
    """Read a request, and leave its body to be read again."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    signed = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    key, service = signed.groups() if signed else ("", "unknown")
    token = str(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""))
    path, target = str(environ.get("PATH_INFO", "")), environ.get("HTTP_X_AMZ_TARGET")
    if target or path in _PATHS:
        operation = str(target).rpartition(".")[2] if target else _PATHS[path]
        return Asking(key, token, service, operation, json.loads(body or b"{}"), query=False)
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return Asking(key, token, service, fields.pop("Action", "unknown"), fields, query=True)
