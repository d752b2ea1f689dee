"""Proposals of the communes: made, answered, followed to the tasks that came of them."""
