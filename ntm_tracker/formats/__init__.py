"""Formats of dates and figures by language (`FORMAT_MODULE_PATH`)."""
