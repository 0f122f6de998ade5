"""How AWS's services say no: each protocol has its own shape of an error, EC2 its own code and words.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from lab.wire import Asking

_FORBIDDEN, _BAD_REQUEST = 403, 400
_EC2 = "You are not authorized to perform this operation. "


def denied(asking: Asking, principal: str, action: str, resource: str, *, explicitly: bool) -> Response:
    """Return the answer to a call whose permission is missing, or denied."""
    missing = f"because no identity-based policy allows the {action} action"
    why = "with an explicit deny in an identity-based policy" if explicitly else missing
    text = f"User: {principal} is not authorized to perform: {action} on resource: {resource} {why}"
    if asking.service == "ec2":
        return _xml_of_ec2("UnauthorizedOperation", _EC2 + text, _FORBIDDEN)
    if asking.query:
        return _xml("AccessDenied", text)
    return _json("AccessDeniedException", text)


def unknown_session(asking: Asking) -> Response:
    """Return the answer to a call that is signed with credentials of nobody."""
    if asking.service == "ec2":
        return _xml_of_ec2("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    text = "The security token included in the request is invalid."
    return _xml("InvalidClientTokenId", text) if asking.query else _json("UnrecognizedClientException", text)


def _xml_of_ec2(code: str, text: str, status: int) -> Response:
    error = f"<Error><Code>{code}</Code><Message>{escape(text)}</Message></Error>"
    body = f"<Response><Errors>{error}</Errors><RequestID>{uuid4()}</RequestID></Response>"
    return Response(body, status, mimetype="text/xml")


def _xml(code: str, text: str) -> Response:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(text)}</Message></Error>"
    body = f"<ErrorResponse>{error}<RequestId>{uuid4()}</RequestId></ErrorResponse>"
    return Response(body, _FORBIDDEN, mimetype="text/xml")


def _json(code: str, text: str) -> Response:
    body = json.dumps({"__type": code, "message": text, "Message": text})
    return Response(body, _BAD_REQUEST, {"x-amzn-errortype": code}, mimetype="application/x-amz-json-1.1")
