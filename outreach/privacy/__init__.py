"""What is kept of a natural person: found everywhere, handed over, erased with what must stay; and for how long."""
