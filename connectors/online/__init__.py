"""Where features wait for requests: stores of packed values, one for each view and entity."""
