"""The team's mail account: login, OAuth at the provider, and how the sign-in stands."""
