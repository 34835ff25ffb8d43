"""A pass: what one source answers of one entity of the rows, once both stand in memory, wherever that is."""
