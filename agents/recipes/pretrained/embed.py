"""What a pretrained encoder says of all contents of a competition, kept for programs to come.

python embed.py OUTPUT --learned DIR... --asked DIR...
"""

import numpy as np

from agents.recipes.blocks.encoders import digest_of, encoded
from agents.recipes.pretrained.contents import contents_of, read_folders


def main() -> None:
    """Encode everything, and write vectors and digests."""
    given = read_folders(__doc__)
    contents = contents_of(given.learned, given.asked)
    digests = [digest_of(one) for one in contents]
    np.savez(given.output, digests=np.array(digests), vectors=np.array(encoded(contents)))


if __name__ == "__main__":
    main()
