"""How operations are written: the methods of an expression, by what they are about."""
