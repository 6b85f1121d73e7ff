"""A made competition of several tables: clients, what they ordered, and the towns they live in.

Whether a client stays depends on what was ordered and on the town, which is two lookups away.
"""

from pathlib import Path

import numpy as np
import pandas as pd

CLIENTS = 240
ORDERS = 1_500
ASKED = 60


def write_relations(folder: Path, seed: int = 0) -> Path:
    """Write train, test, clients, towns, orders and products; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(seed)
    names = np.array([f"C{number:04d}" for number in chance.permutation(9_000)[:CLIENTS]])
    towns = pd.DataFrame({"town": np.arange(1, 21), "people": chance.integers(1, 90, 20) * 1_000})
    clients = pd.DataFrame({"id": names, "town_id": chance.integers(1, 21, CLIENTS)})
    products = pd.DataFrame({"product": [f"part {n}" for n in range(1, 31)]})
    products["price"] = chance.integers(1, 40, 30)
    orders = pd.DataFrame({"client_id": chance.choice(names[:-5], ORDERS)})
    orders["product"] = chance.choice(products["product"], ORDERS)
    orders["pieces"] = chance.integers(1, 6, ORDERS)
    orders["day"] = [f"{day:%d.%m.%Y}" for day in _days(chance, ORDERS)]
    rows = pd.DataFrame({"row": np.arange(CLIENTS), "client_id": names})
    rows["asked_on"] = [f"{day:%Y-%m-%d}" for day in _days(chance, CLIENTS)]
    rows["stays"] = _stays(rows, clients.merge(towns, left_on="town_id", right_on="town"), orders)
    rows = rows.iloc[chance.permutation(CLIENTS)]
    tables = {"clients": clients, "towns": towns, "orders": orders, "products": products}
    tables["train"] = rows[ASKED:]
    tables["test"] = rows[:ASKED].drop(columns="stays")
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def _days(chance: np.random.Generator, count: int) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(
        pd.Timestamp("2021-01-01") + pd.to_timedelta(chance.integers(0, 365, count), "D")
    )


def _stays(rows: pd.DataFrame, clients: pd.DataFrame, orders: pd.DataFrame) -> pd.Series:
    ordered = rows["client_id"].map(orders.groupby("client_id")["pieces"].sum()).fillna(0)
    people = rows["client_id"].map(clients.set_index("id")["people"])
    strength = ordered.rank(pct=True) + people.rank(pct=True)
    return pd.Series(np.where(strength > strength.median(), "yes", "no"), index=rows.index)
