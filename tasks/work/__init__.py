"""Tasks from their assignment to the last finished one: lists, the page of one, reports, extensions, the register."""
