"""Every speed claim of the README, run again by `make bench`, with its peers beside it."""
