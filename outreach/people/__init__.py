"""People: who may open the web desk and how much they may do, and the log of what they did."""
