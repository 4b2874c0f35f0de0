"""Tasks of images, of three and more variables, and of dependent samples."""
