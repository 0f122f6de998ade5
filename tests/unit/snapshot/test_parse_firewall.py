"""Network firewalls, their policies and rule groups are read from the answers that AWS's CLI prints."""

from __future__ import annotations

import json
from copy import deepcopy
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.firewall import (
    DomainList,
    Firewall,
    FirewallPolicy,
    GroupReference,
    RuleGroup,
    StandardRule,
    StatelessRule,
    SuricataText,
)
from pathmend.snapshot.load import load
from pathmend.snapshot.parse import parse
from pathmend.snapshot.parse_firewall import with_record
from tests.unit.snapshot.firewall_answers import (
    DESCRIBE_FIREWALL,
    DESCRIBE_POLICY,
    FIREWALL,
    LIST,
    MANAGED,
    POLICY,
    STANDARD,
    STANDARD_RULE,
    STATELESS,
    STATELESS_RULE,
    TEXT,
    describe_group,
)

if TYPE_CHECKING:
    from pathlib import Path

RULES = 'drop http any any -> any any (http.host; content:"a.example"; sid:1;)'


def _group(answer: dict[str, Any]) -> RuleGroup:
    [group] = parse({"RuleGroups": [answer]}).rule_groups.values()
    return group


def test_a_firewall_names_its_policy_and_endpoints() -> None:
    """A zone without an endpoint yet has none."""
    assert parse({"Firewalls": [DESCRIBE_FIREWALL]}).firewalls == {
        FIREWALL: Firewall(FIREWALL, "wall", "vpc-1", ("vpce-9",), (("team", "net"),), POLICY)
    }


def test_a_policy_has_its_groups_by_priority() -> None:
    """With its defaults, its order, and what it calls home."""
    assert parse({"FirewallPolicies": [DESCRIBE_POLICY]}).firewall_policies == {
        POLICY: FirewallPolicy(
            arn=POLICY,
            name="rules",
            stateless_groups=(GroupReference(STATELESS, 10),),
            stateless_defaults=("aws:forward_to_sfe",),
            stateful_groups=(
                GroupReference(TEXT, 1),
                GroupReference(LIST, 2),
                GroupReference(MANAGED, 3, only_alerts=True),
            ),
            stateful_defaults=("aws:drop_established",),
            strict=True,
            home_net=("10.0.0.0/8",),
            inspects_tls=True,
        )
    }


def test_a_policy_without_options_asks_rules_by_their_action() -> None:
    """And home is the firewall's VPC."""
    bare = {"FirewallPolicyResponse": {"FirewallPolicyArn": POLICY}, "FirewallPolicy": {}}
    assert parse({"FirewallPolicies": [bare]}).firewall_policies == {POLICY: FirewallPolicy(POLICY, "")}


def test_rules_as_text_keep_their_variables_and_the_token_of_the_answer() -> None:
    """The record is the whole of what an update would send."""
    more = {
        "RuleVariables": {"IPSets": {"B": {"Definition": ["10.1.0.0/16"]}}, "PortSets": {"P": {"Definition": ["80"]}}},
        "ReferenceSets": {"IPSetReferences": {"PL": {"ReferenceArn": "arn:aws:ec2:us-east-1:1:prefix-list/pl-7"}}},
    }
    answer = describe_group(TEXT, {"RulesString": RULES}, **more)
    group = _group(answer)
    assert group == RuleGroup(
        arn=TEXT,
        name="text",
        stateful=True,
        source=SuricataText(RULES),
        ip_sets=(("B", ("10.1.0.0/16",)),),
        port_sets=(("P", ("80",)),),
        ip_references=(("PL", "pl-7"),),
        record=group.record,
        update_token="token of text",
    )
    assert json.loads(group.record) == answer["RuleGroup"]


def test_a_domain_list_keeps_the_order_of_its_targets() -> None:
    """An update must not shuffle what people wrote."""
    source = {"Targets": ["z.example", ".a.example"], "TargetTypes": ["TLS_SNI"], "GeneratedRulesType": "DENYLIST"}
    group = _group(describe_group(LIST, {"RulesSourceList": source}))
    assert group.source == DomainList("DENYLIST", ("z.example", ".a.example"), ("TLS_SNI",))


def test_standard_rules_and_stateless_rules() -> None:
    """In AWS's own form; stateless ones by their priority, and any address of both IP versions."""
    rule = StandardRule(
        "DROP", "HTTP", "$HOME_NET", "ANY", "FORWARD", "ANY", "80", (("sid", ("7",)), ("http.host", ()))
    )
    assert _group(describe_group(STANDARD, {"StatefulRules": [STANDARD_RULE]})).source == (rule,)
    plain = {"Priority": 1, "RuleDefinition": {"Actions": ["aws:pass"], "MatchAttributes": {}}}
    source = {"StatelessRulesAndCustomActions": {"StatelessRules": [STATELESS_RULE, plain]}}
    group = _group(describe_group(STATELESS, source))
    assert not group.stateful
    assert group.source == (
        StatelessRule(1, ("aws:pass",)),
        StatelessRule(
            priority=5,
            actions=("CountIt", "aws:drop"),
            protocols=(6, 17),
            sources=(ip_network("10.0.0.0/16"), ip_network("0.0.0.0/0"), ip_network("::/0")),
            source_ports=((1024, 2047),),
            destinations=(ip_network("192.0.2.5/32"),),
            destination_ports=((80, 80),),
            flags=True,
        ),
    )


def test_a_group_without_rules_is_not_one_whose_rules_are_hidden() -> None:
    """AWS keeps those of its managed groups to itself."""
    assert _group(describe_group(TEXT, {"RulesString": ""})).source == SuricataText("")
    hidden = describe_group(MANAGED, {})
    del hidden["RuleGroup"]
    assert _group(hidden).source is None


def test_a_list_of_names_says_nothing_of_what_is_in_them() -> None:
    """As list-rule-groups and list-firewall-policies print it, under the same keys."""
    world = parse({"RuleGroups": [{"Name": "text", "Arn": TEXT}], "FirewallPolicies": [{"Name": "p", "Arn": POLICY}]})
    assert (world.rule_groups, world.firewall_policies) == ({}, {})


def test_a_folder_of_plain_answers_is_a_world(tmp_path: Path) -> None:
    """The CLI prints one resource per answer, without a list around it."""
    answers = [DESCRIBE_FIREWALL, DESCRIBE_POLICY, describe_group(TEXT, {"RulesString": RULES})]
    for index, answer in enumerate(answers):
        (tmp_path / f"{index}.json").write_text(json.dumps(answer), encoding="utf-8")
    world = load(tmp_path)
    assert (set(world.firewalls), set(world.firewall_policies), set(world.rule_groups)) == (
        {FIREWALL},
        {POLICY},
        {TEXT},
    )
    assert world.given == {"Firewalls": 1, "FirewallPolicies": 1, "RuleGroups": 1}
    assert world.find(TEXT) == world.rule_groups[TEXT]


def _broken(change: str, value: Any) -> dict[str, Any]:
    rule = deepcopy(STATELESS_RULE)
    rule["RuleDefinition"]["MatchAttributes"][change] = value
    return describe_group(STATELESS, {"StatelessRulesAndCustomActions": {"StatelessRules": [rule]}})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_broken("Protocols", ["tcp"]), r"MatchAttributes.Protocols: \['tcp'\] is not a list of protocol numbers"),
        (_broken("Protocols", "6"), "is not a list of protocol numbers"),
        (_broken("SourcePorts", [{"FromPort": 5, "ToPort": 4}]), r"SourcePorts\[0\]: .* is not a range of ports"),
        (_broken("SourcePorts", [{"FromPort": 5}]), "is not a range of ports"),
        (_broken("DestinationPorts", [{"ToPort": 5}]), "is not a range of ports"),
        (_broken("Sources", [{"AddressDefinition": "ten"}]), "ten is not a network"),
        (describe_group(TEXT, {"RulesString": 5}), "RuleGroups.0..RuleGroup.RulesSource.RulesString: 5 is not a text"),
        ({"RuleGroup": {}}, "RuleGroupResponse.RuleGroupArn: is missing"),
    ],
)
def test_malformed_rules_are_named(answer: dict[str, Any], words: str) -> None:
    """By key and value."""
    with pytest.raises(InvalidSnapshotError, match=words):
        parse({"RuleGroups": [answer]})


def test_a_group_can_be_given_other_rules() -> None:
    """As a change of it will leave it; everything else stays."""
    group = _group(describe_group(TEXT, {"RulesString": RULES}))
    record = json.dumps({"RulesSource": {"RulesString": "# none"}})
    other = with_record(group, record)
    assert other.source == SuricataText("# none")
    assert (other.arn, other.update_token, other.record) == (group.arn, group.update_token, record)
    for wrong in ("{", "[]"):
        with pytest.raises(InvalidSnapshotError, match=r"rule group|RuleGroup"):
            with_record(group, wrong)


def test_what_an_update_must_say_again_is_kept() -> None:
    """Network Firewall puts back to its default what an update leaves out; a group without such settings has none."""
    plain = describe_group(TEXT, {"RulesString": ""})
    told = {"Description": "for the shop", "EncryptionConfiguration": {"Type": "CUSTOMER_KMS", "KeyId": "k"}}
    set_up = {**plain, "RuleGroupResponse": {**plain["RuleGroupResponse"], **told}}
    groups = [parse({"RuleGroups": [one]}).rule_groups for one in (plain, set_up)]
    kept = [json.loads(group.settings) for found in groups for group in found.values()]
    assert kept == [{}, told]
