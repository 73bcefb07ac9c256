"""How closely colored pictures follow the hints and the truth, and what others make of them."""
