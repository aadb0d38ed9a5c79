"""What is asked for, as files say it: prompts, subjects of thumbnails, templates; ours and those of other programs."""
