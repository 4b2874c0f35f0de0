"""Networks of one side of a pair (`towers`), and of pairs (`pair_network`)."""
