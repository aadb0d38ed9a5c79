"""The pages over pictures, with their templates, styles and scripts."""
