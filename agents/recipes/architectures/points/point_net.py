"""PointNet, small: the same perceptron on every point, then the maximum.

For: shapes, scans and particle tracks as lists of points in space, in any order.
Input: points (rows, points, coordinates) float32, centred and divided by their extent; further
    columns (colour, energy) may follow the coordinates.
Output: (rows, outputs) float32, logits or values.
Parameters: 28,328 of `PointNet(coordinates=3, outputs=8)`.
Source: Qi, Su, Mo and Guibas 2017, "PointNet".
Data: points
When: rows 100..; length 16..; channels 2..16
Merit: 3
"""

from torch import Tensor, nn


class PointNet(nn.Module):
    """Each feature of the shape is decided by the point that shows it most."""

    def __init__(self, coordinates: int, outputs: int, *, width: int = 128) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in ((coordinates, 32), (32, 64), (64, width)):
            layers += [nn.Conv1d(before, after, 1, bias=False), nn.BatchNorm1d(after), nn.ReLU()]
        self.each = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, outputs)
        )

    def forward(self, points: Tensor) -> Tensor:
        """From (rows, points, coordinates) to (rows, outputs)."""
        return self.head(self.each(points.transpose(1, 2)).amax(dim=2))
