"""Who signs a campaign: sheets brought in and taken back, the page for the world, withdrawals."""
