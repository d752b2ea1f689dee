"""What the units tell the other apps."""

from django.dispatch import Signal

# Sent inside the transaction once a unit follows others: `change` (`UnitChange`) and `predecessors` (a tuple
# of `Commune`). Whoever keeps records of communes carries over here what goes on.
unit_changed = Signal()
