"""What a run takes from outside its folder: checkpoints, packages, pages."""
