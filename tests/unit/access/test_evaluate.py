"""AWS's decision flow, branch by branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pathmend.access.policies import PolicyKind
from tests.unit.access.asking import (
    ACCOUNT,
    ALLOWED,
    DENIED,
    GET,
    KEY,
    OTHER,
    QUEUE,
    ROLE,
    ROOT,
    SESSION,
    TABLE,
    THEIR_TABLE,
    UNKNOWN,
    USER,
    a_policy,
    a_request,
    a_statement,
    ask,
    everybody,
    of_resource,
    verdict,
)

if TYPE_CHECKING:
    from pathmend.access.evaluate import Verdict

NOTHING = a_policy(a_statement(Action="none:None"), id="nothing")
DENY = a_policy(a_statement(), a_statement("Deny"), id="deny")
SOMETHING_ELSE = everybody(Action="none:None")
ON_CONDITION = {"StringEquals": {"aws:Some": "x"}}
OPEN: dict[str, Any] = {"unknown": {"aws:Some": "not read"}}
Kinds = PolicyKind


def to(principal: Any, effect: str = "Allow", arn: str = TABLE) -> Any:
    """Return a resource's policy that says this of a principal."""
    return of_resource(everybody(effect, Principal={"AWS": principal}), arn=arn)


def test_nothing_is_allowed_that_no_policy_allows() -> None:
    """The implicit deny."""
    assert verdict(identity=()) is DENIED
    assert verdict(identity=(NOTHING,)) is DENIED
    assert verdict() is ALLOWED


DENYING: list[dict[str, Any]] = [
    {"identity": (DENY,)},
    {"boundary": DENY},
    {"session": (DENY,)},
    {"resource": of_resource(everybody(), everybody("Deny"))},
    {"endpoint": a_policy(everybody(), everybody("Deny"))},
    {"service_control": ((a_policy(),), (DENY,))},
]


@pytest.mark.parametrize("policies", DENYING)
def test_a_deny_anywhere_wins(policies: dict[str, Any]) -> None:
    """Whatever else allows it."""
    assert verdict(**policies) is DENIED


@pytest.mark.parametrize("number", range(len(DENYING)))
def test_a_deny_whose_condition_is_not_known_leaves_it_open(number: int) -> None:
    """It may deny and it may not; where nothing allows it, it is denied either way."""
    maybe_deny = a_policy(a_statement(), a_statement("Deny", Condition=ON_CONDITION))
    told = a_policy(everybody(), everybody("Deny", Condition=ON_CONDITION))
    kinds: list[dict[str, Any]] = [
        {"identity": (maybe_deny,)},
        {"boundary": maybe_deny},
        {"session": (maybe_deny,)},
        {"resource": of_resource(everybody("Deny", Condition=ON_CONDITION))},
        {"endpoint": told},
        {"service_control": ((maybe_deny,),)},
    ]
    assert verdict(a_request(**OPEN), **kinds[number]) is UNKNOWN
    assert verdict(a_request(), **kinds[number]) is ALLOWED
    assert verdict(a_request(**OPEN), **({**kinds[number], "identity": ()})) is DENIED


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((), ALLOWED),
        (((a_policy(),), (a_policy(),)), ALLOWED),
        (((a_policy(),), (NOTHING, a_policy()), (a_policy(),)), ALLOWED),
        (((a_policy(),), (NOTHING,), (a_policy(),)), DENIED),
        (((NOTHING,), (a_policy(),)), DENIED),
        (((a_policy(),), ()), DENIED),
    ],
)
def test_every_level_of_the_organization_must_allow(levels: Any, expected: Verdict) -> None:
    """A service control policy grants nothing, and a level without an Allow lets nothing through."""
    assert verdict(service_control=levels) is expected
    assert verdict(service_control=levels, identity=()) is DENIED


def test_service_control_binds_the_root_user_and_grants_of_resources() -> None:
    """It is about all who belong to the account."""
    assert verdict(a_request(by=ROOT), service_control=((NOTHING,),)) is DENIED
    assert verdict(identity=(), resource=to(SESSION), service_control=((NOTHING,),)) is DENIED


CONTROL = a_policy(everybody("Deny", Condition={"StringNotEquals": {"aws:PrincipalAccount": OTHER}}), everybody())


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("sqs:SendMessage", QUEUE, DENIED),
        (GET, TABLE, UNKNOWN),
        ("kms:RetireGrant", KEY, ALLOWED),
        ("kms:Decrypt", KEY, DENIED),
    ],
)
def test_resource_control_reaches_the_services_that_aws_names(action: str, resource: str, expected: Verdict) -> None:
    """Whether it reaches another one is not known, which matters only where it would deny."""
    policy = to(ROOT, arn=resource)
    request = a_request(action, resource)
    assert verdict(request, resource=policy, resource_control=((CONTROL,),)) is expected
    assert verdict(request, resource=policy, resource_control=((a_policy(everybody()),),)) is ALLOWED


def test_resource_control_without_an_allow_denies() -> None:
    """AWS attaches one that allows everything to every level."""
    request = a_request("sqs:SendMessage", QUEUE)
    assert verdict(request, resource_control=((a_policy(SOMETHING_ELSE),),)) is DENIED


def test_an_endpoint_must_allow_what_goes_through_it() -> None:
    """Without one it has no say."""
    assert verdict(endpoint=a_policy(everybody(Resource=TABLE))) is ALLOWED
    assert verdict(endpoint=a_policy(everybody(Resource="arn:aws:s3:::x"))) is DENIED
    assert verdict(endpoint=a_policy(everybody()), identity=()) is DENIED


@pytest.mark.parametrize(
    ("limit", "by_account", "by_role", "direct"),
    [
        ({"identity": ()}, DENIED, ALLOWED, ALLOWED),
        ({"identity": (a_policy(),), "boundary": NOTHING}, DENIED, DENIED, ALLOWED),
        ({"identity": (a_policy(),), "session": (NOTHING,)}, DENIED, DENIED, ALLOWED),
        ({"identity": (), "boundary": a_policy()}, DENIED, ALLOWED, ALLOWED),
        ({"identity": (a_policy(),), "boundary": a_policy(), "session": (a_policy(),)}, ALLOWED, ALLOWED, ALLOWED),
    ],
)
def test_what_limits_a_grant_of_the_resource_depends_on_whom_it_names(
    limit: dict[str, Any], by_account: Verdict, by_role: Verdict, direct: Verdict
) -> None:
    """AWS's table: a grant to the session or everybody is not limited, one to a role by boundaries and sessions."""
    assert verdict(resource=to(ROOT), **limit) is by_account
    assert verdict(resource=to(ROLE), **limit) is by_role
    assert verdict(resource=to(SESSION), **limit) is direct
    assert verdict(resource=to("*"), **limit) is direct


def test_a_grant_to_a_user_is_limited_by_nothing() -> None:
    """Neither by what its policies leave out nor by its boundary."""
    request = a_request(by=USER, session=None)
    assert verdict(request, identity=(), boundary=NOTHING, resource=to(USER)) is ALLOWED
    assert verdict(request, identity=(), boundary=NOTHING, resource=to(ROOT)) is DENIED


def test_the_session_of_a_federated_user_is_not_the_user_that_a_policy_names() -> None:
    """Its session policies limit what the resource grants to the user, but not what it grants to everybody."""
    request = a_request(by=USER, session=None)
    for limit in ({"session": (NOTHING,)}, {"session": (a_policy(),), "boundary": NOTHING}):
        assert verdict(request, identity=(), resource=to(USER), **limit) is DENIED
        assert verdict(request, identity=(), resource=to("*"), **limit) is ALLOWED
    assert verdict(request, identity=(), resource=to(USER), session=(a_policy(),)) is ALLOWED


def test_a_session_policy_grants_nothing_by_itself() -> None:
    """What is left is what both allow."""
    assert verdict(session=(a_policy(),), identity=()) is DENIED
    assert verdict(session=(NOTHING, a_policy())) is ALLOWED
    assert verdict(session=()) is DENIED


def test_the_root_user_needs_no_policy_of_its_own() -> None:
    """In its own account."""
    assert verdict(a_request(by=ROOT), identity=()) is ALLOWED
    assert verdict(a_request(by=ROOT), identity=(), resource=to(ROOT, "Deny")) is DENIED
    assert verdict(a_request(resource=THEIR_TABLE, by=ROOT), identity=()) is DENIED


@pytest.mark.parametrize(
    ("identity", "key_policy", "expected"),
    [
        ((a_policy(),), to(ROOT, arn=KEY), ALLOWED),
        ((), to(ROOT, arn=KEY), DENIED),
        ((), to(ROLE, arn=KEY), ALLOWED),
        ((a_policy(),), to(OTHER, arn=KEY), DENIED),
        ((a_policy(),), of_resource(arn=KEY), DENIED),
        ((a_policy(),), None, DENIED),
    ],
)
def test_a_keys_own_policy_must_allow_its_account_first(identity: Any, key_policy: Any, expected: Verdict) -> None:
    """The principal's policies count only where the key's policy gives the account its say."""
    assert verdict(a_request("kms:Decrypt", KEY), identity=identity, resource=key_policy) is expected


@pytest.mark.parametrize("resource", ["*", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"])
def test_what_is_asked_of_no_key_needs_no_key_policy(resource: str) -> None:
    """A list of keys belongs to who asks, and an alias has no policy."""
    assert verdict(a_request("kms:ListAliases", resource)) is ALLOWED
    assert verdict(a_request("kms:ListAliases", resource), identity=()) is DENIED


@pytest.mark.parametrize(
    ("identity", "trusted", "expected"),
    [((a_policy(),), ROOT, ALLOWED), ((a_policy(),), OTHER, DENIED), ((), ROOT, DENIED), ((), ROLE, ALLOWED)],
)
def test_a_role_must_trust_who_assumes_it(identity: Any, trusted: str, expected: Verdict) -> None:
    """Its trust policy is to it what a key's policy is to a key."""
    role = f"arn:aws:iam::{ACCOUNT}:role/other"
    trust = to(trusted, arn=role)
    assert verdict(a_request("sts:AssumeRole", role), identity=identity, resource=trust) is expected


def test_a_gateway_endpoints_policy_excepts_nobody_for_sure() -> None:
    """AWS says only that its Principal must be everybody."""
    spared = a_policy(everybody(), a_statement("Deny", NotPrincipal={"AWS": [ROLE, SESSION, ROOT]}))
    assert verdict(endpoint=spared) is ALLOWED
    assert verdict(endpoint=spared, gateway_endpoint=True) is UNKNOWN


@pytest.mark.parametrize("principal", [ROLE, SESSION, ROOT, ACCOUNT, "*"])
def test_another_accounts_resource_needs_both_sides(principal: str) -> None:
    """However its policy names who asks."""
    request = a_request(resource=THEIR_TABLE)
    theirs = to(principal, arn=THEIR_TABLE)
    assert verdict(request, resource=theirs) is ALLOWED
    assert verdict(request, resource=theirs, identity=()) is DENIED
    assert verdict(request, resource=theirs, boundary=NOTHING) is DENIED
    assert verdict(request, resource=theirs, session=(NOTHING,)) is DENIED
    assert verdict(request) is DENIED
    assert verdict(request, resource=of_resource(arn=THEIR_TABLE)) is DENIED


BUCKET = "arn:aws:s3:::b"


@pytest.mark.parametrize(
    ("identity", "policy", "expected"),
    [
        ((a_policy(),), of_resource(everybody(), arn=BUCKET), ALLOWED),
        ((), of_resource(arn=BUCKET), DENIED),
        ((a_policy(),), of_resource(arn=BUCKET), UNKNOWN),
        ((), of_resource(everybody(), arn=BUCKET), UNKNOWN),
    ],
)
def test_a_bucket_of_which_the_account_is_not_known_is_judged_both_ways(
    identity: Any, policy: Any, expected: Verdict
) -> None:
    """The answer is open only where the two differ, and says which key would tell."""
    found = ask(a_request("s3:GetObject", f"{BUCKET}/x"), identity=identity, resource=policy)
    assert found.verdict is expected
    assert any("aws:ResourceAccount" in why for why in found.unknown) is (expected is UNKNOWN)


def test_the_account_of_a_bucket_may_be_told() -> None:
    """Then one grant suffices, or not."""
    for owner, expected in ((ACCOUNT, ALLOWED), (OTHER, DENIED)):
        request = a_request("s3:GetObject", f"{BUCKET}/x", values={"aws:ResourceAccount": (owner,)})
        assert verdict(request, resource=of_resource(arn=BUCKET)) is expected


def test_an_action_on_no_resource_stays_in_its_account() -> None:
    """A list of tables belongs to who asks."""
    assert verdict(a_request("dynamodb:ListTables", "*")) is ALLOWED


UNREAD = "AccessDenied"


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_what_was_not_read_leaves_open_what_else_is_allowed(kind: PolicyKind) -> None:
    """It may hold a Deny; the answer names the kind and the reason."""
    found = ask(a_request("sqs:SendMessage", QUEUE), unread={kind: UNREAD})
    assert (found.verdict, found.unknown) == (UNKNOWN, (f"{kind.value}: {UNREAD}",))


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_a_proven_deny_does_not_depend_on_what_was_not_read(kind: PolicyKind) -> None:
    """An explicit one."""
    found = ask(a_request("sqs:SendMessage", QUEUE), unread={kind: UNREAD}, identity=(DENY,))
    assert (found.verdict, found.unknown) == (DENIED, ())


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(kind, UNKNOWN if kind in (Kinds.IDENTITY, Kinds.RESOURCE) else DENIED) for kind in PolicyKind],
)
def test_only_what_grants_can_make_up_for_a_missing_allow(kind: PolicyKind, expected: Verdict) -> None:
    """Policies that only limit cannot allow what nothing grants, read or not."""
    assert verdict(identity=(), unread={kind: UNREAD}) is expected


def test_whether_a_boundary_exists_leaves_open_what_not_principal_denies() -> None:
    """It denies whoever has one."""
    deny = of_resource(a_statement("Deny", NotPrincipal="*"), arn=QUEUE)
    found = ask(a_request("sqs:SendMessage", QUEUE), resource=deny, unread={Kinds.BOUNDARY: UNREAD})
    assert found.unknown == ("permissions boundary: AccessDenied",)


@pytest.mark.parametrize(
    ("request_", "key", "value"),
    [
        (a_request(), "aws:PrincipalArn", ROLE),
        (a_request(), "aws:PrincipalAccount", ACCOUNT),
        (a_request(), "aws:PrincipalType", "AssumedRole"),
        (a_request(by=USER), "aws:PrincipalType", "User"),
        (a_request(by=USER), "aws:username", "ann"),
        (a_request(by=ROOT), "aws:PrincipalType", "Account"),
        (a_request(), "aws:ResourceAccount", ACCOUNT),
        (a_request(values={"aws:PrincipalType": ("Mine",)}), "aws:PrincipalType", "Mine"),
    ],
)
def test_keys_that_follow_from_the_request_need_not_be_given(request_: Any, key: str, value: str) -> None:
    """Who asks for what is in every request; what is given counts first."""
    guard = a_policy(everybody(Condition={"StringEquals": {key: value}}))
    assert verdict(request_, endpoint=guard) is ALLOWED


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("aws:CurrentTime", UNKNOWN),
        ("aws:userid", UNKNOWN),
        ("aws:TokenIssueTime", UNKNOWN),
        ("aws:SourceIp", UNKNOWN),
        ("aws:ResourceTag/team", UNKNOWN),
        ("dynamodb:LeadingKeys", UNKNOWN),
        ("aws:MultiFactorAuthPresent", UNKNOWN),
        ("aws:PrincipalTag/team", UNKNOWN),
        ("aws:RequestTag/team", UNKNOWN),
        ("aws:TagKeys", UNKNOWN),
        ("aws:referer", UNKNOWN),
        ("aws:CalledViaFirst", UNKNOWN),
        ("aws:SourceIdentity", UNKNOWN),
        ("aws:EC2InstanceSourceVpc", UNKNOWN),
        ("ec2:RoleDelivery", UNKNOWN),
        ("lambda:SourceFunctionArn", UNKNOWN),
        ("cognito-identity.amazonaws.com:sub", UNKNOWN),
        ("aws:SourceVpce", DENIED),
        ("aws:VpceOrgID", DENIED),
        ("aws:SourceAccount", DENIED),
        ("s3:prefix", DENIED),
    ],
)
def test_a_key_is_absent_only_where_it_can_be_known_to_be(key: str, expected: Verdict) -> None:
    """What every request carries, and what is the service's own, is not known where it was not given."""
    assert verdict(identity=(a_policy(a_statement(Condition={"Null": {key: "false"}})),)) is expected


def test_keys_that_were_given_are_not_unknown() -> None:
    """No values at all say that a key is absent; an exact name counts before a prefix, a long one before a short."""
    wants = (a_policy(a_statement(Condition={"Null": {"dynamodb:Select": "true"}})),)
    assert verdict(a_request(values={"dynamodb:Select": ()}), identity=wants) is ALLOWED
    unknown = {"dynamodb:*": "short", "dynamodb:Sel*": "long"}
    assert ask(a_request(unknown=unknown), identity=wants).unknown == ("dynamodb:Select: long",)
    assert ask(a_request(unknown={**unknown, "dynamodb:Select": "it"}), identity=wants).unknown == (
        "dynamodb:Select: it",
    )


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("aws:SourceIp", DENIED),
        ("aws:SourceVpc", UNKNOWN),
        ("aws:VpcSourceIp", UNKNOWN),
        ("aws:SourceVpcArn", UNKNOWN),
        ("aws:VpceAccount", UNKNOWN),
        ("aws:VpceOrgID", UNKNOWN),
        ("aws:VpceOrgPaths", UNKNOWN),
    ],
)
def test_what_comes_through_an_endpoint_may_say_whose_that_is(key: str, expected: Verdict) -> None:
    """Not every service tells: such a key is there or not."""
    wants = (a_policy(a_statement(Condition={"Null": {key: "false"}})),)
    assert verdict(a_request(values={"aws:SourceVpce": ("vpce-1",)}), identity=wants) is expected


def test_whose_endpoint_it_is_is_open_where_the_endpoint_is() -> None:
    """It may come through one."""
    hidden = {"aws:SourceVpce": "not read"}
    wants = (a_policy(a_statement(Condition={"Null": {"aws:VpceOrgID": "false"}})),)
    assert verdict(a_request(unknown=hidden), identity=wants) is UNKNOWN


@pytest.mark.parametrize(
    "of_instance",
    [{"values": {"ec2:SourceInstanceArn": ("arn:x",)}}, {"unknown": {"ec2:SourceInstanceArn": "one of two"}}],
)
def test_the_session_of_some_instance_is_an_instances(of_instance: Any) -> None:
    """Whichever that is."""
    wants = (a_policy(a_statement(Condition={"Null": {"aws:SourceIdentity": "false"}})),)
    assert verdict(a_request(**of_instance), identity=wants) is DENIED


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("ec2:RoleDelivery", UNKNOWN),
        ("aws:EC2InstanceSourceVpc", DENIED),
        ("aws:SourceIdentity", DENIED),
        ("lambda:SourceFunctionArn", DENIED),
        ("aws:PrincipalTag/team", DENIED),
    ],
)
def test_the_session_of_an_instance_carries_what_instances_do(key: str, expected: Verdict) -> None:
    """Nobody else assumed the role; that there are no more tags must be told."""
    arn = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1"
    of_instance = {"ec2:SourceInstanceArn": (arn,), "aws:PrincipalTag/*": ()}
    wants = (a_policy(a_statement(Condition={"Null": {key: "false"}})),)
    assert verdict(a_request(values=of_instance), identity=wants) is expected


def test_a_source_address_is_open_where_only_the_endpoint_is_said_to_be_absent() -> None:
    """The request has one then."""
    wants = (a_policy(a_statement(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})),)
    assert verdict(a_request(values={"aws:SourceVpce": ()}), identity=wants) is UNKNOWN


def test_a_call_that_no_service_makes_is_made_by_way_of_none() -> None:
    """Then the chain of services is absent."""
    wants = (a_policy(a_statement(Condition={"Null": {"aws:CalledVia": "true"}})),)
    assert verdict(a_request(values={"aws:ViaAWSService": ("false",)}), identity=wants) is ALLOWED


def test_a_source_address_is_absent_from_what_comes_through_an_endpoint() -> None:
    """And a user has no session that began."""
    wants = (a_policy(a_statement(Condition={"Null": {"aws:SourceIp": "true"}})),)
    assert verdict(a_request(values={"aws:SourceVpce": ("vpce-1",)}), identity=wants) is ALLOWED
    token = (a_policy(a_statement(Condition={"Null": {"aws:TokenIssueTime": "true"}})),)
    assert verdict(a_request(by=USER), identity=token) is ALLOWED


def said(**policies: Any) -> dict[PolicyKind, tuple[str, str, str]]:
    """Return what each kind of policy said: the effect, the policy, the statement."""
    found = ask(a_request("sqs:SendMessage", QUEUE), **policies)
    return {one.kind: (one.effect, one.policy_id, one.statement) for one in found.deciding}


def test_each_kind_of_policy_that_took_part_says_what_it_decided() -> None:
    """The statement by its Sid or its place."""
    assert said(
        identity=(NOTHING, a_policy(a_statement(Action="none:None"), a_statement(Sid="reads"), id="X")),
        boundary=a_policy(id="B"),
        session=(NOTHING,),
        resource=of_resource(everybody("Deny", Sid="never"), arn=QUEUE),
        endpoint=a_policy(everybody(), id="vpce-1"),
        service_control=((a_policy(id="root"),), (a_policy(id="account"),)),
        resource_control=((a_policy(everybody("Deny", Condition=ON_CONDITION), everybody(), id="R"),),),
    ) == {
        Kinds.IDENTITY: ("Allow", "X", "reads"),
        Kinds.BOUNDARY: ("Allow", "B", "#1"),
        Kinds.SESSION: ("implicit", "", ""),
        Kinds.RESOURCE: ("Deny", QUEUE, "never"),
        Kinds.ENDPOINT: ("Allow", "vpce-1", "#1"),
        Kinds.SERVICE_CONTROL: ("Allow", "account", "#1"),
        Kinds.RESOURCE_CONTROL: ("Allow", "R", "#2"),
    }


def test_a_kind_that_is_not_known_says_why() -> None:
    """It took part, too."""
    found = ask(unread={Kinds.SERVICE_CONTROL: UNREAD})
    assert [(one.effect, one.sentence) for one in found.deciding if one.kind is Kinds.SERVICE_CONTROL] == [
        ("unknown", "not known: service control policy: AccessDenied")
    ]


def test_a_resource_control_policy_that_does_not_reach_an_action_says_so() -> None:
    """It neither allows nor denies."""
    found = ask(
        a_request("kms:RetireGrant", KEY),
        resource=to(ROOT, arn=KEY),
        resource_control=((a_policy(everybody("Deny")),),),
    )
    assert [one.sentence for one in found.deciding if one.kind is Kinds.RESOURCE_CONTROL] == [
        "a resource control policy does not bear on it"
    ]
    assert found.verdict is ALLOWED
