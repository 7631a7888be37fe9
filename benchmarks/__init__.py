"""What Techscore can do on this machine, each figure with its reference measured in the same run."""
