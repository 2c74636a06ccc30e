"""Lists from elsewhere: a file becomes facts, after a preview, in the background, and can be taken back."""
