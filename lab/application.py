"""The application on the workshop's instances: what it answers on which port and path; state of the lab."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from lab.single_thread import Queues

PORT = 80
HEALTH_PATH = "/healthcheck"


@dataclass(slots=True)
class Application:
    """What every instance answers; `health_status` is 299 under the workshop's second fault."""

    page_status: int = 200
    health_status: int = 200
    seconds: float = 0.02
    cpu_percent: float = 12.0
    memory_percent: float = 38.0
    stopped: list[str] = field(default_factory=list)
    queues: Queues = field(default_factory=Queues)

    def answer(self, instance_id: str, port: int, path: str) -> int | None:
        """Return the status of a request, None where nothing listens."""
        if port != PORT or instance_id in self.stopped:
            return None
        if path == HEALTH_PATH:
            return self.health_status
        return self.page_status if path == "/" else 404

    def change(self, changes: dict[str, object]) -> None:
        """Set what `changes` names."""
        for name, value in changes.items():
            if name not in asdict(self):
                raise ValueError(f"the application has no {name!r}")
            setattr(self, name, value)
