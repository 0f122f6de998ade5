"""What holds of every decision, whatever the policies say."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.access.edit import allowing, grants
from pathmend.access.evaluate import Verdict, evaluate
from pathmend.access.policies import Policies
from pathmend.snapshot.identity import Policy, ResourcePolicy
from tests.unit.access.asking import (
    ACCOUNT,
    ALLOWED,
    DENIED,
    GET,
    OTHER,
    QUEUE,
    ROLE,
    ROOT,
    SESSION,
    TABLE,
    UNKNOWN,
    a_policy,
    a_request,
    a_statement,
    a_text,
)

KEYS = ("aws:A", "aws:B")
VALUES = ("x", "y")
ACTIONS = (GET, "dynamodb:*", "sqs:SendMessage", "*", "s3:Get*")
RESOURCES = (TABLE, "*", QUEUE, "arn:aws:dynamodb:*:*:table/*", f"{TABLE[:-1]}${{aws:A}}")
PRINCIPALS = ("*", {"AWS": ROLE}, {"AWS": SESSION}, {"AWS": ROOT}, {"AWS": OTHER})
OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringLikeIfExists",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringNotEquals",
    "ForAnyValue:StringEqualsIfExists",
)
REQUESTS = st.sampled_from([(GET, TABLE), ("sqs:SendMessage", QUEUE), ("kms:Decrypt", TABLE)])

some_conditions = st.dictionaries(
    st.sampled_from(OPERATORS),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from([*VALUES, "${aws:B}"]), min_size=1),
    max_size=2,
) | st.builds(lambda key, absent: {"Null": {key: absent}}, st.sampled_from(KEYS), st.sampled_from(["true", "false"]))


@st.composite
def some_statements(draw: Any, *, naming: bool = False, effects: tuple[str, ...] = ("Allow", "Allow", "Deny")) -> Any:
    """Draw a statement, one in which somebody is named where the kind of policy wants that."""
    negated = draw(st.booleans())
    whole: dict[str, Any] = {"Effect": draw(st.sampled_from(effects))}
    whole["NotAction" if negated else "Action"] = draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2))
    whole["NotResource" if draw(st.integers(0, 5)) == 0 else "Resource"] = draw(st.sampled_from(RESOURCES))
    whole["Condition"] = draw(some_conditions)
    if naming:
        whole["Principal"] = draw(st.sampled_from(PRINCIPALS))
    return whole


def some_documents(*, naming: bool = False) -> Any:
    """Draw a list of statements."""
    return st.lists(some_statements(naming=naming), min_size=1, max_size=4)


some_contexts = st.dictionaries(
    st.sampled_from(KEYS), st.lists(st.sampled_from(VALUES), min_size=1, max_size=2).map(tuple)
)


@st.composite
def some_worlds(draw: Any) -> dict[str, Any]:
    """Draw the statements of each kind of policy."""
    return {
        "identity": draw(some_documents()),
        "boundary": draw(st.none() | some_documents()),
        "session": draw(st.none() | some_documents()),
        "resource": draw(st.none() | some_documents(naming=True)),
        "endpoint": draw(st.none() | some_documents(naming=True)),
        "service_control": draw(st.none() | some_documents()),
    }


def policies(world: dict[str, Any]) -> Policies:
    """Return policies made of these statements."""

    def made(kind: str) -> Policy | None:
        return Policy(kind, a_text(*world[kind])) if world[kind] is not None else None

    session, control = made("session"), made("service_control")
    return Policies(
        identity=(Policy("identity", a_text(*world["identity"])),),
        boundary=made("boundary"),
        session=(session,) if session else None,
        resource=ResourcePolicy(TABLE, a_text(*world["resource"])) if world["resource"] else None,
        endpoint=made("endpoint"),
        service_control=((control,),) if control else (),
    )


def decide(world: dict[str, Any], asked: tuple[str, str], values: Any, unknown: Any = ()) -> Verdict:
    """Return the verdict on one request in this world."""
    request = a_request(*asked, values=values, unknown=dict.fromkeys(unknown, "hidden"))
    return evaluate(request, policies(world)).verdict


kinds = st.sampled_from(["identity", "boundary", "session", "resource", "endpoint", "service_control"])
RANK = {DENIED: 0, UNKNOWN: 1, ALLOWED: 2}


@settings(deadline=None, max_examples=60)
@given(world=some_worlds(), asked=REQUESTS, values=some_contexts, kind=kinds, data=st.data())
def test_another_deny_never_allows(world: Any, asked: Any, values: Any, kind: str, data: Any) -> None:
    """Wherever it is added, the verdict gets no better."""
    if world[kind] is None:
        return
    deny = data.draw(some_statements(naming=kind in ("resource", "endpoint"), effects=("Deny",)))
    stricter = world | {kind: [*world[kind], deny]}
    assert RANK[decide(stricter, asked, values)] <= RANK[decide(world, asked, values)]


@settings(deadline=None, max_examples=60)
@given(world=some_worlds(), asked=REQUESTS, values=some_contexts, kind=kinds, data=st.data())
def test_one_allow_less_never_allows(world: Any, asked: Any, values: Any, kind: str, data: Any) -> None:
    """Wherever it is taken away, the verdict gets no better."""
    allowing_now = [one for one in world[kind] or () if one["Effect"] == "Allow"]
    if not allowing_now:
        return
    gone = data.draw(st.sampled_from(allowing_now))
    left = [one for one in world[kind] if one is not gone]
    harmless = a_statement("Deny", Action="none:None", **({"Principal": "*"} if "Principal" in gone else {}))
    stricter = world | {kind: left or [harmless]}
    assert RANK[decide(stricter, asked, values)] <= RANK[decide(world, asked, values)]


@settings(deadline=None, max_examples=60)
@given(world=some_worlds(), asked=REQUESTS, values=some_contexts, data=st.data())
def test_the_order_of_statements_changes_nothing(world: Any, asked: Any, values: Any, data: Any) -> None:
    """Nor does the order of policies."""
    shuffled = {kind: data.draw(st.permutations(one)) if one else one for kind, one in world.items()}
    assert decide(shuffled, asked, values) is decide(world, asked, values)
    request = a_request(*asked, values=values)
    several = policies(world)
    apart = tuple(Policy(f"p{number}", a_text(one)) for number, one in enumerate(shuffled["identity"]))
    assert evaluate(request, replace(several, identity=apart)).verdict is evaluate(request, several).verdict


@settings(deadline=None, max_examples=60)
@given(world=some_worlds(), asked=REQUESTS, values=some_contexts, upper=st.booleans())
def test_the_case_of_action_names_and_keys_changes_nothing(world: Any, asked: Any, values: Any, *, upper: bool) -> None:
    """In the policies as in the request."""
    case = str.upper if upper else str.lower

    def recased(one: dict[str, Any]) -> dict[str, Any]:
        actions = {key: [case(name) for name in one[key]] for key in ("Action", "NotAction") if key in one}
        blocks = one["Condition"].items()
        return one | actions | {"Condition": {how: {case(key): v for key, v in block.items()} for how, block in blocks}}

    other = {kind: [recased(one) for one in many] if many else many for kind, many in world.items()}
    assert decide(other, asked, {case(key): value for key, value in values.items()}) is decide(world, asked, values)
    assert decide(world, (case(asked[0]), asked[1]), values) is decide(world, asked, values)


COMPLETIONS = [(), ("x",), ("y",), ("z",), ("x", "y"), ("y", "y")]


@settings(deadline=None, max_examples=60)
@given(world=some_worlds(), asked=REQUESTS, values=some_contexts, hidden=st.sets(st.sampled_from(KEYS), min_size=1))
def test_whatever_is_hidden_a_proven_verdict_holds(world: Any, asked: Any, values: Any, hidden: set[str]) -> None:
    """For every value that the unknown keys may have, and for their absence."""
    proven = decide(world, asked, values, hidden)
    if proven is UNKNOWN:
        return
    for completion in product(COMPLETIONS, repeat=len(hidden)):
        whole = values | dict(zip(sorted(hidden), completion, strict=True))
        assert decide(world, asked, whole) in (proven, UNKNOWN)


@settings(deadline=None, max_examples=60)
@given(world=some_worlds(), asked=REQUESTS, values=some_contexts)
def test_a_denied_request_always_has_a_nearest_miss(world: Any, asked: Any, values: Any) -> None:
    """And an answer that is not denied has none; every one says who was named."""
    found = evaluate(a_request(*asked, values=values), policies(world))
    assert bool(found.misses) is (found.verdict is DENIED)
    assert bool(found.unknown) is (found.verdict is UNKNOWN)


@settings(deadline=None, max_examples=60)
@given(statements=some_documents(naming=True))
def test_an_edit_allows_what_it_is_for_and_grants_nothing_else(statements: Any) -> None:
    """Where there is one."""
    before = a_text(*statements)
    after = allowing(before, actions=[GET], resources=[TABLE], principals=[ROLE])
    if after is None:
        return
    told = grants(before, after)
    assert all(f"may {GET} on {TABLE}" in one for one in told)
    assert len(told) <= 1
    denies = [one for one in statements if one["Effect"] == "Deny"]
    request = a_request(values={"aws:ResourceAccount": (ACCOUNT,)})
    if not denies and not any("Condition" in one and one["Condition"] for one in statements):
        endpoint = Policy("vpce-1", after)
        assert evaluate(request, Policies(identity=(a_policy(),), endpoint=endpoint)).verdict is ALLOWED
