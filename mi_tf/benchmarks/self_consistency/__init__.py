"""The self-consistency benchmark: do estimates for images agree?"""
