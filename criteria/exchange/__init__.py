"""What goes out as a workbook, is worked on elsewhere and comes back: read, compared, then written."""
