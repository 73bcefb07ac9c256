"""The opinion study of Section 4.4: a blinded rating page, its ratings and their analysis."""
