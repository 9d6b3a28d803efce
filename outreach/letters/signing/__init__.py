"""Who signs a letter: sign-on sheets, their columns, days, answers, doubles; the signers as letters list them."""
