"""Pages people look at: templates, styles and scripts, put together into single files."""
