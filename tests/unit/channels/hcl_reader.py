"""A reader of so much HCL as patches are written in; it takes nothing else, and interpolates nothing.

Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import json
import re
from typing import Any

_TOKEN = re.compile(
    r"""(?P<space>[ ]+|\#[^\n]*)|(?P<line>\n)|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<number>-?\d[\d.e+-]*)
    |(?P<word>[A-Za-z_][\w.-]*(?:\["[^"]*"\]|\[\d+\])?(?:\.\w+)*)|(?P<sign>[{}\[\]=,()])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:U([0-9A-F]{8})|u([0-9A-F]{4})|(.))|(\$\$\{|%%\{)|(\$\{|%\{)")
_SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_CONSTANTS = {"true": True, "false": False, "null": None}


class HclReader:
    """Reads a body into a mapping: arguments by name, blocks as lists of (labels, body) by name."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            assert found, text[place : place + 40]
            place = found.end()
            if found.lastgroup != "space":
                self._tokens.append(found.group())

    def body(self, *, end: str = "") -> dict[str, Any]:
        """Read up to the closing brace, or to the end of the text."""
        read: dict[str, Any] = {}
        while (token := self._next()) != end:
            if token == "\n":
                continue
            labels = []
            while self._peek().startswith('"'):
                labels.append(json.loads(self._next()))
            if self._peek() == "{":
                self._next()
                read.setdefault(token, []).append((*labels, self.body(end="}")))
            else:
                assert (self._next(), token in read) == ("=", False), token
                read[token] = self._value()
                assert self._peek() in ("\n", "}", ""), self._peek()
        return read

    def _value(self) -> Any:
        token = self._next()
        match token[0]:
            case '"':
                return string_of(token)
            case "[":
                return self._items()
            case "{":
                return self._object()
            case sign if sign.isdigit() or sign == "-":
                return json.loads(token)
        if self._peek() != "(":
            return _CONSTANTS.get(token, ("reference", token))
        self._next()
        arguments = self._items(end=")")
        return arguments[0].join(arguments[1]) if token == "join" else ("json", arguments[0])

    def _items(self, end: str = "]") -> list[Any]:
        items = []
        while self._skipped() != end:
            items.append(self._value())
            assert self._skipped() in (",", end)
            if self._peek() == ",":
                self._next()
        self._next()
        return items

    def _object(self) -> dict[str, Any]:
        read: dict[str, Any] = {}
        while self._skipped() != "}":
            token = self._next()
            key = string_of(token) if token.startswith('"') else token
            assert (self._next(), key in read, token == "for") == ("=", False, False)
            read[key] = self._value()
            assert self._peek() in ("\n", "}")
        self._next()
        return read

    def _skipped(self) -> str:
        while self._peek() == "\n":
            self._next()
        return self._peek()

    def _peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _next(self) -> str:
        return self._tokens.pop(0) if self._tokens else ""


def string_of(quoted: str) -> str:
    """Return the text of a quoted string, in which nothing may be interpolated."""
    return _ESCAPE.sub(_unescaped, quoted[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    long, short, char, doubled, bare = found.groups()
    assert not bare, f"{found.string} interpolates"
    if doubled:
        return str(doubled[1:])
    return _SHORT[char] if char else chr(int(long or short, 16))


def read_hcl(text: str) -> dict[str, Any]:
    """Return what the text says."""
    return HclReader(text).body()
