"""How requests travel. The two lanes never import each other."""
