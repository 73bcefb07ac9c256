"""How fast the parts are: training data, steps and artifacts, systems, and the page."""
