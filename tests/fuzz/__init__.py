"""Random declarations over random tables, each answer against the naive oracle: `make fuzz`."""
