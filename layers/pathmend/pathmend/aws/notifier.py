"""Notices to people, by SNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from pathmend.incidents.ports import Notice

# Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
LONGEST_SUBJECT = 99
LARGEST_MESSAGE_BYTES = 250_000
_CUT = "\n\n[The rest was cut: the message was too long.]"


class SnsNotifier:
    """Implements Notifier. What SNS would refuse is made acceptable: a notice that is cut is better than none."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, notice: Notice) -> None:
        """Publish the notice to all subscribers."""
        with translated("publish a notice"):
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=_subject(notice.subject),
                Message=_message(notice.text),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in notice.attributes if value
                },
            )


def _subject(text: str) -> str:
    """Return one line of printable ASCII, which must begin with something visible."""
    visible = "".join(sign if sign.isascii() and sign.isprintable() else " " for sign in text)
    return " ".join(visible.split())[:LONGEST_SUBJECT] or "Pathmend"


def _message(text: str) -> str:
    encoded = text.encode()
    if len(encoded) <= LARGEST_MESSAGE_BYTES:
        return text or "(no text)"
    return encoded[:LARGEST_MESSAGE_BYTES].decode(errors="ignore") + _CUT
