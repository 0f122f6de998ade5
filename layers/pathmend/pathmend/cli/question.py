"""A question of the command line: from where, to where, which packets; and its answer on a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pathmend.channels.trace_answer import Answer
from pathmend.cli.balancers import is_target_group
from pathmend.cli.behind_nodes import from_nodes
from pathmend.cli.ends import ends_of, is_service
from pathmend.cli.pair import traced
from pathmend.cli.through_balancer import through_nodes
from pathmend.errors import NotFoundError
from pathmend.snapshot.parse import NOT_GIVEN

if TYPE_CHECKING:
    from pathmend.network.flow import Application
    from pathmend.network.ports import PortSet
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as it was written; `protocol` is a name or number that `number_of` knows.

    `port` is None where none is given: of a load balancer, all its listeners; of its targets, their own ports.
    `source_ports` is None for those that the source usually sends from. `application` is what the connection carries,
    None for anything; behind a load balancer it is not asked about.
    """

    source: str
    destination: str
    protocol: str
    port: int | None = None
    source_ports: PortSet | None = None
    application: Application | None = None


def answered(snapshot: Snapshot, question: Question) -> Answer:
    """Return the trace of every flow that the question means.

    Raises:
        NotFoundError: an end means nothing, cannot be what it is asked as, or the two speak no common IP version.
        BadParameter: a port is needed, and none is given.
    """
    if is_service(question.source) or is_target_group(question.source):
        raise NotFoundError(f"{question.source} opens no connections: give it as --to, the destination")
    answer = _answered(snapshot, question)
    # A kind that nobody asked for is named by the flows that miss it; of others there is a reason to tell.
    refused = ((kind, why) for kind, why in snapshot.unread.items() if why != NOT_GIVEN)
    return replace(answer, unread=tuple(sorted(refused)))


def _answered(snapshot: Snapshot, question: Question) -> Answer:
    sources = ends_of(snapshot, question.source, question.destination)
    destinations = ends_of(snapshot, question.destination, question.source)
    answer = from_nodes(snapshot, question, sources, destinations) if sources[0].is_node else None
    if answer:
        return answer
    if destinations[0].is_node:
        return through_nodes(snapshot, question, sources, destinations)
    flows = tuple(traced(snapshot, question, one, other) for one in sources for other in destinations)
    return Answer(question.source, question.destination, flows)
