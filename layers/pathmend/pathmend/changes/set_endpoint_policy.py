"""Set what a VPC endpoint lets through."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing
from pathmend.errors import NotFoundError

if TYPE_CHECKING:
    from pathmend.snapshot.resources import VpcEndpoint
    from pathmend.snapshot.world import Snapshot

DEFAULT = json.dumps(
    {"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)
"""The policy of an endpoint that was given none.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""


@dataclass(frozen=True, slots=True)
class SetEndpointPolicy:
    """The endpoint's policy is `document`, as JSON text; None is the default, which lets everything through."""

    endpoint_id: str
    document: str | None

    kind: ClassVar[str] = "SetEndpointPolicy"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"ec2:ModifyVpcEndpoint"})
    source_url: ClassVar[str] = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html"

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the endpoint."""
        return (self.endpoint_id,)

    @property
    def summary(self) -> str:
        """Tell the policy from any other by its digest; the request holds its text."""
        return f"set the policy of endpoint {self.endpoint_id} to {_words(self._wanted)}"

    def before(self, snapshot: Snapshot) -> str:
        """Say which policy it has now: the digest tells any two apart."""
        return f"policy of {self.endpoint_id}: {_words(_policy(snapshot, self.endpoint_id))}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Put the policy in place."""
        if not self.requests(snapshot):
            return snapshot
        return snapshot.having("vpc_endpoints", replace(_endpoint(snapshot, self.endpoint_id), policy=self._wanted))

    def inverse(self, snapshot: Snapshot) -> SetEndpointPolicy:
        """Return the policy as it is now."""
        return replace(self, document=_policy(snapshot, self.endpoint_id))

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Modify the endpoint, unless its policy says the same: blanks and the order of keys count for nothing."""
        if _canonical(_policy(snapshot, self.endpoint_id)) == _canonical(self._wanted):
            return ()
        parameters: dict[str, Parameter] = {"VpcEndpointId": self.endpoint_id}
        if self.document is None:
            parameters["ResetPolicy"] = True
        else:
            parameters["PolicyDocument"] = self.document
        return (ApiRequest("ec2", "ModifyVpcEndpoint", parameters),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return nothing: every request is judged anew, and connections stay open."""
        _policy(snapshot, self.endpoint_id)
        return ()

    @property
    def _wanted(self) -> str:
        return DEFAULT if self.document is None else self.document


def _endpoint(snapshot: Snapshot, endpoint_id: str) -> VpcEndpoint:
    return existing(snapshot.vpc_endpoints, endpoint_id, what="VPC endpoint")


def _policy(snapshot: Snapshot, endpoint_id: str) -> str:
    policy = _endpoint(snapshot, endpoint_id).policy
    if policy is None:
        raise NotFoundError(f"the policy of endpoint {endpoint_id} was not read")
    return policy


def _canonical(document: str) -> str:
    """Return one spelling of all that mean the same; what is no JSON is only the same as itself."""
    try:
        return json.dumps(json.loads(document), sort_keys=True)
    except ValueError:
        return document


def _words(document: str) -> str:
    digest = sha256(_canonical(document).encode()).hexdigest()[:12]
    return f"the one of {len(document):,} characters, sha256 {digest}"
