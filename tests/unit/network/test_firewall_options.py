"""The options of firewall rules are read as Suricata reads them; what is not understood is named."""

from __future__ import annotations

import pytest

from pathmend.network.firewall_hosts import Content, HostTest, content_of, sizes_of
from pathmend.network.firewall_options import Conditions, conditions_of
from pathmend.network.firewall_text import rules_in
from pathmend.network.flow import Leg


def _read(options: str) -> Conditions:
    [rule] = rules_in(f"drop tcp any any -> any any ({options})")
    return conditions_of(rule.options)


def _host(options: str) -> HostTest:
    found = _read(options)
    assert found.doubts == ()
    assert (found.plain, found.request, found.data) == (False, True, True)
    [test] = found.hosts
    return test


def test_a_rule_of_names_only_is_plain() -> None:
    """It judges whole connections."""
    found = _read('msg:"x"; sid:7; rev:2; gid:1; classtype:a; reference:url,b; metadata:c d; noalert; priority:2;')
    assert found == Conditions(sid="7", priority=2)
    assert _read("priority:x;").priority == 3


@pytest.mark.parametrize(
    ("words", "leg", "established"),
    [
        ("to_server", Leg.FORWARD, None),
        ("from_client, established", Leg.FORWARD, True),
        ("established,to_client", Leg.RETURN, True),
        ("from_server", Leg.RETURN, None),
        ("not_established", None, False),
        ("stateless", None, None),
    ],
)
def test_flow_says_which_packets(words: str, leg: Leg | None, established: object) -> None:
    """Their direction, and whether the connection stands."""
    found = _read(f"flow:{words};")
    assert (found.leg, found.established, found.plain, found.doubts) == (leg, established, False, ())


@pytest.mark.parametrize(
    ("options", "matching", "others"),
    [
        (
            'http.host; content:"a.example"; startswith; endswith;',
            ("a.example", "A.Example"),
            ("b.a.example", "a.exam"),
        ),
        ('http.host; content:"a.example"; bsize:9;', ("a.example",), ("ba.example", "a.exampl")),
        ('http.host; bsize:>9; content:"a.example";', ("xa.example",), ("a.example",)),
        ('http.host; content:"a.example";', ("a.example", "xa.example.org"), ("a.exampl",)),
        ('content:"a.example"; http_host;', ("a.example", "xa.example.org"), ("b.example",)),
        ('http.host; content:"a.example"; endswith;', ("a.example", "xa.example"), ("a.example.org",)),
        ('http.host; content:"a."; startswith;', ("a.example",), ("xa.example",)),
        ('http.host; dotprefix; content:".a.example"; endswith;', ("a.example", "x.a.example"), ("xa.example",)),
        ('tls.sni; content:"A.example"; nocase; endswith; startswith;', ("a.example", "A.EXAMPLE"), ("b.example",)),
        ('tls_sni; content:"a.example";', ("a.example",), ("A.example",)),
        ('http.host; content:!"a.example"; content:"example"; endswith;', ("b.example",), ("a.example", "b.org")),
        ('http.host; content:"a"; depth:1; content:"z"; offset:2; depth:1;', ("abz",), ("ba", "az", "abcz")),
        ('http.host; content:"|61 2e|example"; fast_pattern;', ("a.example",), ("b.example",)),
        ("http.host; bsize:3<>6;", ("abcd", "abcde"), ("abc", "abcdef")),
        ("http.host; bsize:<3;", ("ab",), ("abc",)),
    ],
)
def test_what_is_asked_of_a_host(options: str, matching: tuple[str, ...], others: tuple[str, ...]) -> None:
    """HTTP hosts are seen in lower case, server names as they were sent."""
    test = _host(options)
    assert [test.matches(host) for host in (*matching, *others)] == [True] * len(matching) + [False] * len(others)


def test_a_test_may_mean_one_host_only() -> None:
    """Anchored at both ends, or of one length."""
    only = ('http.host; content:"a.example"; startswith; endswith;', 'http.host; content:"a.example"; bsize:9;')
    assert all(_host(one).means_only("a.example") for one in only)
    more = (
        'http.host; content:"a.example"; endswith;',
        'http.host; content:"a.ex"; startswith;',
        'http.host; content:!"b.example"; startswith; endswith; content:"a"; startswith;',
        'http.host; dotprefix; content:".a.example"; endswith;',
        "http.host; bsize:9;",
    )
    assert all(_host(one).matches("a.example") for one in more)
    assert not any(_host(one).means_only("a.example") for one in more)
    assert not _host(only[0]).means_only("b.example")


@pytest.mark.parametrize(
    ("options", "applications", "sent"),
    [
        ("ssl_state:client_hello;", (("tls", True),), True),
        ("app-layer-protocol:http;", (("http", True),), False),
        ("app-layer-protocol:!ssl;", (("tls", False),), False),
        ('http.header_names; content:"|0d 0a|"; startswith;', (("http", True),), True),
    ],
)
def test_what_is_asked_of_the_application(options: str, applications: object, sent: object) -> None:
    """Also without a host."""
    found = _read(options)
    assert (found.applications, found.request, found.data, found.doubts) == (applications, sent, True, ())


def test_protocols_may_be_asked_for_by_number_or_name() -> None:
    """Or be left out."""
    assert _read("ip_proto:!TCP; ip_proto:47;").ip_protocols == (("6", False), ("47", True))


@pytest.mark.parametrize(
    ("options", "doubts", "applications"),
    [
        ("flow:only_stream;", ("flow:only_stream",), ()),
        ("ip_proto:<5;", ("ip_proto:<5",), ()),
        ("app-layer-protocol:failed;", ("app-layer-protocol:failed",), ("failed",)),
        ("ssl_state:server_hello;", ("ssl_state:server_hello",), ("tls",)),
        ("geoip:dst,RU;", ("geoip:dst,RU",), ()),
        ("ssl_version:tls1.0;", ("ssl_version:tls1.0",), ("tls",)),
        ('tls.sni; content:"."; pcre:"/a;b/";', ('pcre:"/a;b/"',), ("tls",)),
        ('http.uri; content:"x"; startswith; bsize:1;', ("http.uri",), ("http",)),
        ('http.method; content:"GET"; http.host; content:"a";', ("http.method",), ("http", "http")),
        ('http.header_names; content:"x";', ("http.header_names",), ("http",)),
        ('ja3.hash; content:"x";', ("ja3.hash",), ("tls",)),
        ("file.data;", ("file.data",), ()),
        ('content:"x"; depth:1; nocase;', ("content",), ()),
        ("http.host; bsize:big;", ("bsize:big",), ("http",)),
        ("http.host; bsize:>1<>3;", ("bsize:>1<>3",), ("http",)),
        ("http.host; depth:1;", ("depth:1",), ("http",)),
        ('http.host; content:"a"; depth:x;', ("depth:x",), ("http",)),
        ("http.host; endswith;", ("endswith",), ("http",)),
        ("http_host;", ("http_host",), ("http",)),
        ('http.uri; dotprefix; content:"a"; http_host;', ("http_host", "http.uri"), ("http", "http")),
        ("flowbits:set,x; flowbits:set,x;", ("flowbits:set,x",), ()),
    ],
)
def test_what_is_not_understood_is_named(options: str, doubts: tuple[str, ...], applications: tuple[str, ...]) -> None:
    """What it speaks of is known all the same, where its name says so."""
    found = _read(options)
    assert found.doubts == doubts
    assert tuple(name for name, _ in found.applications) == applications
    assert not found.plain


def test_contents_may_be_escaped_quoted_or_neither() -> None:
    """And hold bytes."""
    assert content_of(r'!"a\;b\"|20|c"') == Content('a;b" c', negated=True)
    assert content_of("abc") == Content("abc")
    assert content_of('"|2|"') == Content("|2|")
    assert (sizes_of("1 <> 5"), sizes_of("x")) == ((2, 4), None)
