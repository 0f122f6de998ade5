"""The workshop's web server answers one request after another, so a slow page keeps health checks and people waiting.

Its users come in little crowds: `VISITORS` open the page of each instance at the same moment, once in `EVERY_SECONDS`.
A round of health checks stands for as many seconds as the target group waits between two, so rounds meet the crowd's
queue at different moments, always in the same order: which checks and visits fail follows from the page's seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

VISITORS = 4
EVERY_SECONDS = 60


@dataclass(slots=True)
class Queues:
    """How long the page of each instance takes, and the moment in the crowds' minute, in seconds."""

    page_seconds: dict[str, float] = field(default_factory=dict)
    moment: float = 0.0

    def advance(self, interval_seconds: float) -> None:
        """Let the time between two health checks pass."""
        self.moment = (self.moment + interval_seconds) % EVERY_SECONDS

    def waiting_seconds(self, instance_id: str) -> float:
        """Return how long a request that comes now waits until the server has served the crowd."""
        return max(0.0, VISITORS * self.page_seconds.get(instance_id, 0.0) - self.moment)

    def given_up(self, instance_id: str, idle_seconds: float) -> int:
        """Return how many of the crowd that comes now wait for longer than the load balancer does.

        Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
        """
        if self.moment:
            return 0
        ends = (self.page_seconds.get(instance_id, 0.0) * (place + 1) for place in range(VISITORS))
        return sum(end > idle_seconds for end in ends)
