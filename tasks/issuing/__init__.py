"""From draft to issued notice: its number, its PDF, who is told; revoked or supplemented later; the register."""
