"""How critics that users ask for are trained."""
