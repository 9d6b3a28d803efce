"""Where everything stands, what stops it, and what a person does next."""
