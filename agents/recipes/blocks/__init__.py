"""Source that recipes share; the Assembler inlines what a solution uses."""
