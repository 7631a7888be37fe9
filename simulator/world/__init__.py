"""A make-believe MSP: who works there, for whom, and everything that happens, as changes of its Autotask."""

from simulator.world.msp import World, history
from simulator.world.policy import policy_text

__all__ = ["World", "history", "policy_text"]
