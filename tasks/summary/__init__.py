"""The month's state of a district, and one commune on one sheet: pages, documents, workbook, pictures."""
