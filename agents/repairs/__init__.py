"""Repairs that need no judgement, what was learned from earlier ones, and when to go further.

`quick_fixes` mends what a few exact words mend, at no cost in tokens; `memory` remembers which
change healed which fault; `escalation` says which kind of repair comes next. All of it is pure but
for the file that the memory is kept in. Programs are text here: nothing is run or imported.
"""
