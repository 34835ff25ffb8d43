"""What a feature is: declarations only, no engine."""
