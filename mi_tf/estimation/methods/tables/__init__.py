"""Tables of counts: their levels, and models of their association."""
