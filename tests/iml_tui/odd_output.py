"""What a program may print, of every kind that the log has to show."""

TRIALS = b"".join(
    b"trial %d  depth %d, rate 0.0%d, l2 3.2   0.8%03d\n" % (n, n % 9, n, n * 7 % 1000)
    for n in range(28)
)
TRACEBACK = b"""\
Traceback (most recent call last):
  File "model.py", line 41, in fit
    return self.model.fit(X["berth"], y)
ValueError: could not convert string to float: 'F/3/S' [/bold]
WARNING: 157 names are empty: a word of their own
"""
LONG = b"a long line: " + b" ".join(b"column_%d=0.%d" % (n, n) for n in range(30)) + b"\n"
BARS = b"".join(
    b"fold 1: %3d%%|####      | %d/100 [00:01<00:02, 31.2it/s]\n" % (n, n) for n in range(0, 101, 5)
)
RETURNS = b"fold 2:  35%|###   | 35/100 [00:01<00:02, 31.2it/s]\rfold 2:  40%|####  | 40/100"
OUTPUT = (
    b"\x1b[32mINFO\x1b[0m loading a small model from the cache, 84 MB\n"
    + TRIALS
    + TRACEBACK
    + LONG
    + BARS
    + b"[/] [bold] caf\xc3\xa9 \xff\xfe \x07\x00 the end\n"
    + RETURNS
)
