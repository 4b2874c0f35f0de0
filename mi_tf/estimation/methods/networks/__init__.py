"""Networks: learned corrections of elliptical distributions."""
