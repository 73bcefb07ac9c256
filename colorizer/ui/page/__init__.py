"""The frame around both: heading, examples, languages, and asking Python."""
