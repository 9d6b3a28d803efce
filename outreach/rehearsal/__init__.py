"""The embedded mail world that demo and rehearsal mode talk to: a post office, and people who answer its mail."""
