"""For each file of the catalogue its cases: transforms with their parameters, and what an oracle says of them."""
