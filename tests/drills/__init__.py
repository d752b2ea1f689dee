"""Long trials of what must not break under many writers, each beside a variant that is broken on purpose."""
