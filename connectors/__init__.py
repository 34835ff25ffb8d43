"""Where data lives: one file per kind of table, behind one contract."""
