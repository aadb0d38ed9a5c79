"""What the configs know of providers, models, slots, prices and channels."""
