"""What the clients have changes too: machines come, go and move; a company gets another name or number."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from simulator.world.calendar import DAY_MINUTES
from simulator.world.cast import API_RESOURCE, COORDINATOR
from simulator.world.clients import Client
from simulator.world.furniture import Furniture
from simulator.world.picklists import EndpointType
from simulator.world.stage import Process, Stage

_CHANGES_A_DAY = 3.0
_CLIENTS_OF_A_DESK = 21
_COMPANY_CHANGES_A_DAY = 0.3
_CI = "ConfigurationItems"


def machines(stage: Stage, furniture: Furniture, clients: Sequence[Client]) -> Process:
    """Endpoints added, deactivated, activated again, deleted and moved between companies."""
    rng = stage.random("machines")
    off: dict[int, list[int]] = {client.company_id: [] for client in clients}
    while True:
        yield stage.now + rng.expovariate(_CHANGES_A_DAY * len(clients) / _CLIENTS_OF_A_DESK / DAY_MINUTES)
        client = rng.choice(clients)
        here = furniture.endpoints[client.company_id]
        idle = off[client.company_id]
        chance = rng.random()
        if chance < 0.46 or len(here) < 5:
            furniture.endpoint(client, rng.choice((EndpointType.WORKSTATION, EndpointType.SERVER)))
        elif chance < 0.70:
            idle.append(_some(rng, here))
            stage.update(_CI, idle[-1], {"isActive": False}, COORDINATOR)
        elif chance < 0.80 and idle:
            here.append(_some(rng, idle))
            stage.update(_CI, here[-1], {"isActive": True}, COORDINATOR)
        elif chance < 0.96:
            stage.delete(_CI, _some(rng, idle or here), API_RESOURCE)
        else:
            other = rng.choice(clients)
            moved = _some(rng, here)
            furniture.endpoints[other.company_id].append(moved)
            stage.update(_CI, moved, {"companyID": other.company_id}, COORDINATOR)


def companies(stage: Stage, clients: Sequence[Client]) -> Process:
    """Companies get another name or telephone number."""
    rng = stage.random("companies")
    while True:
        yield stage.now + rng.expovariate(_COMPANY_CHANGES_A_DAY / DAY_MINUTES)
        client = rng.choice(clients)
        if rng.random() < 0.2:
            stage.update("Companies", client.company_id, {"companyName": f"{client.name} (new name)"}, COORDINATOR)
        else:
            number = f"207-555-{rng.randrange(10_000):04d}"
            stage.update("Companies", client.company_id, {"phone": number}, COORDINATOR)


def _some(rng: Random, numbers: list[int]) -> int:
    """Take one out."""
    place = rng.randrange(len(numbers))
    numbers[place], numbers[-1] = numbers[-1], numbers[place]
    return numbers.pop()
