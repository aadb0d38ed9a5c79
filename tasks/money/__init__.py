"""Budget, reservations, usage: what may be spent and what was."""
