"""The commune's monthly report: filled in, sent, reviewed; who is late, and how they are reminded."""
