"""What several machines have on their way together: claims, the budget of an account, pictures, by a shared store."""
