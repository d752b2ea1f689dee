"""Old notices come in by their text: its structure is proposed, an officer confirms it line by line."""
