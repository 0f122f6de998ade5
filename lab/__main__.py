"""The lab's command: `python -m lab up|down|break|mend|status|env|deploy|demo`."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import time

from lab import control, deploy, faults, workshop
from lab.emulators import HOME, Emulators, Endpoints, LabError, end, load


def main() -> int:
    """Run one command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in _COMMANDS.items():
        command = commands.add_parser(name, help=text)
        if name == "break":
            command.add_argument("fault", choices=faults.NAMES)
    arguments = parser.parse_args()
    # SIGTERM leaves as Ctrl-C does: through every `finally`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return _run(arguments)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


_COMMANDS = {
    "up": "start the planes, deploy the application, build the world, and leave them running",
    "down": "stop what `up` started",
    "break": "inject a fault: 1 to 8, all or decoy",
    "mend": "undo all faults",
    "status": "what the lab sees of its world",
    "env": "print export lines that point AWS clients at the running lab",
    "deploy": "build and deploy the application again",
    "demo": "break, diagnose, approve, repair and judge: each fault, all together, and once for nothing",
}


def _run(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "demo":
            from lab import demo  # noqa: PLC0415 - the other commands do without what it needs

            return demo.run()
        case "up":
            return _up()
    return _on_running(arguments, _running())


def _on_running(arguments: argparse.Namespace, endpoints: Endpoints) -> int:
    match arguments.command:
        case "down":
            end(HOME, endpoints)
        case "break":
            faults.break_(arguments.fault, endpoints, workshop.load(HOME))
        case "mend":
            faults.mend(endpoints, workshop.load(HOME))
        case "deploy":
            _deploy(endpoints)
        case "env":
            _print_environment(endpoints)
        case "status":
            print(json.dumps(control.status(endpoints), indent=2))
    return 0


def _running() -> Endpoints:
    endpoints = load()
    if endpoints is None:
        raise LabError("no lab is running here; start one with: make lab")
    return endpoints


def _up() -> int:
    began = time.monotonic()
    emulators = Emulators(detached=True)
    endpoints = emulators.start()
    try:
        _deploy(endpoints)
        world = workshop.build(endpoints, HOME)
    except BaseException:
        emulators.stop()
        raise
    print(f"The lab runs ({time.monotonic() - began:.0f} s). Load balancer: {world['load_balancer_arn']}")
    print(f"serverless plane {endpoints.serverless}\nnetwork plane    {endpoints.network}")
    print(f"approval page    {endpoints.front_door}/")
    print('point AWS clients at it: eval "$(.venv/bin/python -m lab env)"; break it: make lab-break FAULT=3')
    return 0


def _deploy(endpoints: Endpoints) -> None:
    application = deploy.Application()
    deploy.build(application, endpoints)
    deploy.deploy(application, endpoints)


def _print_environment(endpoints: Endpoints) -> None:
    from lab.inbox import deployment_variables  # noqa: PLC0415 - needs a deployed stack

    shown = endpoints.variables() | deployment_variables(deploy.outputs(endpoints), deploy.STACK)
    for name, value in shown.items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    sys.exit(main())
