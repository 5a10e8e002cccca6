"""The admin API: what an operator, a script or the console may ask of a node, under `/api/v1`."""
