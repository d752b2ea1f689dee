"""A notice while it is written: the draft that the data give, and every change of its parts."""
