"""The rules a user writes are taken exactly, or refused with the place that is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathmend.aws.catalogue import KINDS
from pathmend.aws.rules import as_json, rules_from
from pathmend.aws.rules_shape import DAYS
from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Freeze, Hours, Limits, Rule, Rules

WHERE = "parameter /pathmend/rules, version 7"
WHOLE: dict[str, Any] = {
    "schema": 1,
    "ceiling": "ask",
    "kill_switch": True,
    "by_kind": {"SetAclEntry": "report", "ModifyMatcher": "act"},
    "rules": [
        {
            "mode": "act",
            "kinds": ["ModifyMatcher"],
            "accounts": ["123456789012"],
            "regions": ["eu-central-1", "us-gov-west-1"],
            "environments": ["dev"],
            "tags": {"team": "web", "tier": "*"},
            "hours": "office",
        },
        {"mode": "report"},
    ],
    "allowed": {"pathmend": "yes"},
    "excluded": {"team": ["payments", "ledger"]},
    "environment_tag": "stage",
    "hours": {"office": {"days": ["fri", "mon"], "start": "08:00", "end": "17:30", "time_zone": "Europe/Berlin"}},
    "freezes": [{"begins": "2026-12-20T00:00:00+01:00", "ends": "2027-01-03T00:00:00Z", "reason": "holidays"}],
    "limits": {"per_resource": 1, "per_vpc": 2, "per_account": 3},
    "most_opened": 256,
    "owned_by_code": "report",
    "terraform_tags": {"managed-by": "terraform"},
    "terraform_states": ["s3://states/net/prod.tfstate"],
    "breaker_minutes": 90,
}


def read(text: str, ceiling: Mode = Mode.ACT) -> Rules:
    """Return the rules of a text."""
    return rules_from(text, ceiling=ceiling, where=WHERE)


def test_no_rules_are_the_stacks_own_mode() -> None:
    """Out of the box the parameter is an empty object."""
    assert replace(read("{}", Mode.ASK), version="") == Rules(ceiling=Mode.ASK)


def test_all_that_can_be_said_is_understood() -> None:
    """Times are in UTC, days are numbers, and of a tag with several values each is a pattern."""
    found = read(json.dumps(WHOLE))
    assert replace(found, version="") == Rules(
        ceiling=Mode.ASK,
        by_kind=(("ModifyMatcher", Mode.ACT), ("SetAclEntry", Mode.REPORT)),
        kill_switch=True,
        rules=(
            Rule(
                Mode.ACT,
                ("ModifyMatcher",),
                ("123456789012",),
                ("eu-central-1", "us-gov-west-1"),
                ("dev",),
                (("team", "web"), ("tier", "*")),
                "office",
            ),
            Rule(Mode.REPORT),
        ),
        allowed=(("pathmend", "yes"),),
        excluded=(("team", "payments"), ("team", "ledger")),
        environment_tag="stage",
        hours=(Hours("office", (0, 4), time(8), time(17, 30), "Europe/Berlin"),),
        freezes=(Freeze(datetime(2026, 12, 19, 23, tzinfo=UTC), datetime(2027, 1, 3, tzinfo=UTC), "holidays"),),
        limits=Limits(1, 2, 3),
        most_opened=256,
        owned_by_code=Mode.REPORT,
        terraform_tags=(("managed-by", "terraform"),),
        terraform_states=("s3://states/net/prod.tfstate",),
        breaker_minutes=90,
    )


def test_the_version_says_where_the_rules_stand_and_which_they_are() -> None:
    """Two texts have two versions, so that a decision names the rules that it was made by."""
    assert read("{}").version == f"{WHERE} (sha256 44136fa355b3)"
    assert read("{ }").version != read("{}").version


@pytest.mark.parametrize(("mine", "stack"), [("act", Mode.REPORT), ("report", Mode.ACT)])
def test_the_strictest_ceiling_holds(mine: str, stack: Mode) -> None:
    """The stack's mode and the rules' ceiling bind each other."""
    assert read(json.dumps({"ceiling": mine}), stack).ceiling is Mode.REPORT


def a_rule(**keys: object) -> str:
    """Return rules of one rule that acts."""
    return json.dumps({"rules": [{"mode": "act", **keys}]})


def hours(**keys: object) -> str:
    """Return rules with hours."""
    return json.dumps({"hours": {"o": {"days": ["mon"], "start": "08:00", "end": "18:00", **keys}}})


def freeze(begins: object, ends: object = "2027-01-01T00:00:00Z", reason: object = "holidays") -> str:
    """Return rules with a freeze."""
    return json.dumps({"freezes": [{"begins": begins, "ends": ends, "reason": reason}]})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "Expecting"),
        ("[" * 1_000_000, "nested too deeply"),
        ("[]", "[] is not an object: {...} @ rules"),
        ("null", "None is not an object"),
        ('{"schema": 2}', "this Pathmend reads version 1 @ rules.schema"),
        ('{"schema": true}', "rules.schema"),
        ('{"schema": 1.0}', "rules.schema"),
        ('{"by_kind": {"ModifyMatcher": "maybe"}}', "use report, ask, act @ rules.by_kind['ModifyMatcher']"),
        ('{"by_kind": {"DropTables": "act"}}', "'DropTables' is no kind of change (known: AssociateEndpointTables,"),
        ('{"by_kind": []}', "[] is not an object: {...} @ rules.by_kind"),
        ('{"kill_switch": "false"}', "'false' is not true or false @ rules.kill_switch"),
        ('{"killswitch": true}', "unknown key killswitch: use schema, ceiling, kill_switch, by_kind,"),
        ('{"ceiling": 1}', "use report, ask, act @ rules.ceiling"),
        ('{"kill_switch": false, "kill_switch": true}', "rules.kill_switch is there twice"),
        ('{"rules": [{"mode": "act", "tags": {"a": "b", "a": "c"}}]}', "rules.rules[0].tags.a is there twice"),
        ('{"rules": [{"environments": ["dev"]}]}', "required field missing @ rules.rules[0].mode"),
        ('{"rules": [7]}', "7 is not an object: {...} @ rules.rules[0]"),
        ('{"rules": [{"mode": "act"}, {"mode": "act"}]}', "rules[1] is there twice"),
        ('{"rules": {}}', "{} is not a list: [...] @ rules.rules"),
        (a_rule(when="now"), "unknown key when: use mode, kinds, accounts, regions, environments, tags, hours"),
        (a_rule(kinds="ModifyMatcher"), "'ModifyMatcher' is not a list"),
        (a_rule(kinds=["ModifyMatcher", "ModifyMatcher"]), "kinds[1] is there twice"),
        (a_rule(kinds=["modifymatcher"]), "is no kind of change"),
        (a_rule(accounts=["12345678901"]), "write its twelve digits in quotes @ rules.rules[0].accounts[0]"),
        (a_rule(accounts=[123456789012]), "123456789012 is not text: put it in quotes"),
        (a_rule(regions=["Frankfurt"]), "is no Region: write it as eu-central-1"),
        (a_rule(environments=[" "]), "' ' is empty @ rules.rules[0].environments[0]"),
        (a_rule(tags={"team": 5}), "5 is not text"),
        (a_rule(tags={"": "x"}), "'' is empty"),
        (a_rule(hours="office"), "rules.rules[0].hours: 'office' is not defined in rules.hours (defined: none)"),
        (a_rule(hours=None), "None is not text"),
        (a_rule(hours=""), "hours is empty, which holds everywhere: leave it out, or name some @ rules.rules[0]"),
        (a_rule(kinds=[]), "kinds is empty, which holds everywhere"),
        (a_rule(environments=[]), "environments is empty, which holds everywhere"),
        (a_rule(tags={}), "tags is empty, which holds everywhere"),
        (a_rule(accounts=["\u0661" * 12]), "write its twelve digits"),
        (a_rule(regions=["eu-central-\u0661"]), "is no Region"),
        (a_rule(environments=["prod*"]), "'prod*' holds a *: only a tag's whole value can be *, and means any"),
        (a_rule(environments=["*"]), "'*' holds a *"),
        (a_rule(environments=["prod "]), "'prod ' has white space at an end"),
        (a_rule(tags={"team": "pay*"}), "'pay*' holds a *"),
        (a_rule(tags={"team*": "pay"}), "'team*' holds a *"),
        (a_rule(tags={"team": "pay "}), "'pay ' has white space at an end"),
        ('{"excluded": {"team": ["a", "pay*"]}}', "'pay*' holds a *"),
        ('{"excluded": {"team": " pay"}}', "' pay' has white space at an end"),
        ('{"environment_tag": "env "}', "'env ' has white space at an end"),
        (hours(days=[]), "days is empty: name some of mon, tue"),
        (hours(days=["monday"]), "'monday' is no day (known: mon, tue"),
        (hours(days=["mon", "mon"]), "days[1] is there twice"),
        (hours(start="8:00"), "'8:00' is no time of day: write 00:00 to 23:59 @ rules.hours['o'].start"),
        (hours(end="24:00"), "'24:00' is no time of day"),
        (hours(time_zone="Mars/Olympus"), "'Mars/Olympus' is no known time zone: use an IANA name"),
        (hours(time_zone="/etc/passwd"), "is no known time zone"),
        (hours(time_zone="Europe"), "is no known time zone"),
        (freeze("2027-01-01T00:00:00Z"), "ends is not after begins"),
        (freeze("2027-02-01T00:00:00Z"), "ends is not after begins"),
        (freeze("2026-12-20"), "'2026-12-20' has no time zone: write it as"),
        (freeze("soon"), "'soon' is no time: write it as"),
        (freeze("0001-01-01T00:00:00+12:00"), "is no time"),
        (freeze("2026-12-20T00:00:00Z", reason=""), "'' is empty @ rules.freezes[0].reason"),
        ('{"limits": {"per_hour": 1}}', "unknown key per_hour: use per_resource, per_vpc, per_account @ rules.limits"),
        ('{"limits": {"per_vpc": -1}}', "-1 is not a whole number of at least 0 and at most 10000"),
        ('{"limits": {"per_vpc": true}}', "True is not a whole number"),
        ('{"limits": []}', "[] is not an object"),
        ('{"most_opened": 1.5}', "1.5 is not a whole number of at least 0"),
        ('{"most_opened": "5"}', "is not a whole number"),
        ('{"breaker_minutes": 0}', "at least 1 and at most 10080"),
        ('{"allowed": {"team": []}}', "name each value once, or * for any @ rules.allowed['team']"),
        ('{"excluded": {"team": ["a", "a"]}}', "names one twice"),
        ('{"excluded": {"team": null}}', "None is not text"),
        ('{"excluded": ["team"]}', "is not an object"),
        ('{"terraform_states": ["states/prod"]}', "'states/prod' is no s3://BUCKET/KEY @ rules.terraform_states[0]"),
        ('{"terraform_states": ["s3://Bucket/key"]}', "is no s3://BUCKET/KEY"),
        ('{"environment_tag": ""}', "'' is empty @ rules.environment_tag"),
    ],
)
def test_wrong_rules_stop_everything_and_name_the_place(text: str, named: str) -> None:
    """What they were meant to forbid must not happen meanwhile."""
    with pytest.raises(
        PermanentError, match="the rules in the parameter /pathmend/rules, version 7 are invalid"
    ) as caught:
        read(text)
    assert named in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Nobody mends rules one error at a time while nothing is treated."""
    with pytest.raises(PermanentError) as caught:
        read('{"ceiling": "no", "kill_switch": 1, "rules": [{"mode": "act", "hours": 5}]}')
    for path in ("rules.ceiling", "rules.kill_switch", "rules.rules[0].hours"):
        assert path in str(caught.value)


MODES = st.sampled_from(Mode)
WORDS = st.text("abz-:/ é", min_size=1).map(str.strip).filter(bool)
PATTERNS = st.lists(st.tuples(WORDS, WORDS), unique=True, max_size=3).map(
    lambda found: tuple(sorted(found, key=lambda one: [key for key, _ in found].index(one[0])))
)
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
DAYS_OF = st.sets(st.integers(0, len(DAYS) - 1), min_size=1).map(lambda found: tuple(sorted(found)))
ALL_HOURS = st.lists(
    st.builds(Hours, WORDS, DAYS_OF, CLOCKS, CLOCKS, st.sampled_from(("UTC", "Europe/Berlin", "Asia/Kolkata"))),
    unique_by=lambda one: one.name,
    max_size=2,
).map(tuple)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones
FREEZES = st.builds(
    lambda begins, lasts, reason: Freeze(begins, begins + lasts, reason),
    MOMENTS,
    st.timedeltas(timedelta(seconds=1), timedelta(days=99)),
    WORDS,
)


@st.composite
def some_rules(draw: st.DrawFn) -> Rules:
    """Return any rules that can be written."""
    known = draw(ALL_HOURS)
    rule = st.builds(
        Rule,
        MODES,
        st.lists(st.sampled_from(sorted(KINDS)), unique=True, max_size=2).map(tuple),
        st.sampled_from(((), ("123456789012",))),
        st.sampled_from(((), ("eu-central-1", "us-east-1"))),
        st.lists(WORDS, unique=True, max_size=2).map(tuple),
        st.dictionaries(WORDS, WORDS, max_size=2).map(lambda found: tuple(found.items())),
        st.sampled_from(["", *(one.name for one in known)]),
    )
    counts = st.integers(0, 10_000)
    return Rules(
        draw(MODES),
        draw(st.dictionaries(st.sampled_from(sorted(KINDS)), MODES).map(lambda found: tuple(sorted(found.items())))),
        draw(st.booleans()),
        draw(st.lists(rule, unique=True, max_size=3).map(tuple)),
        draw(PATTERNS),
        draw(PATTERNS),
        draw(WORDS),
        known,
        draw(st.lists(FREEZES, unique=True, max_size=2).map(tuple)),
        draw(st.builds(Limits, counts, counts, counts)),
        draw(st.integers(0, 2**80)),
        draw(MODES),
        draw(PATTERNS),
        draw(st.sampled_from(((), ("s3://states/a b.tfstate",)))),
        draw(st.integers(1, 10_080)),
    )


@given(some_rules())
def test_rules_that_are_written_down_mean_the_same_when_read(rules: Rules) -> None:
    """Nothing is lost on the way to JSON and back."""
    assert replace(read(json.dumps(as_json(rules))), version="") == rules


def test_a_freeze_may_be_written_in_any_zone() -> None:
    """It is the moment that counts."""
    berlin = timezone(timedelta(hours=1))
    (found,) = read(freeze("2026-12-20T01:00:00+01:00")).freezes
    assert found.begins == datetime(2026, 12, 20, 1, tzinfo=berlin)
