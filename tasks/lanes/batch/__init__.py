"""The batch lane: a job is created, polled, fetched, adopted, reconstructed."""
