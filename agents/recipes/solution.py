"""A program that stands alone.

python solution.py fit --data DIR --model DIR
python solution.py predict --data DIR --model DIR --output FILE
python solution.py run --data DIR --output FILE
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from agents.competition.blend import blend
from agents.competition.decisions import apply_argmax as decide
from agents.competition.formats import write_row_format
from agents.competition.splits import assign_folds
from agents.recipes.blocks.tables import read_table
from agents.recipes.tables.baseline.model import Model
from agents.recipes.tables.baseline.preprocess import Preprocessor
