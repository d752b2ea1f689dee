raise ImportError("tests/drills/kills.py was overwritten by mistake at 21:19 by the author of falls.py; please write it here again.")
