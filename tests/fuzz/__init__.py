"""Files damaged at random: whatever is read is read well, or refused in one clear sentence."""
