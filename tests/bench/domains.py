"""Consumer domains with random weights, curvatures and walk-away values; one draw = one cluster in the statistics."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

import numpy as np

# issue: (name, values, our direction, our weight, the seller's weight); +1 = we like a higher index, 0 = free tastes
Spec = list[tuple[str, list[Any], int, float, float]]
DOMAINS: dict[str, Spec] = {
    "mobile_plan": [
        ("price", list(range(10, 41, 3)), -1, 0.40, 0.45),
        ("term_months", [1, 12, 24, 36], -1, 0.20, 0.15),
        ("data_gb", [5, 10, 20, 50, 100], 1, 0.22, 0.10),
        ("roaming", ["none", "eu", "world"], 1, 0.08, 0.12),
        ("data_shared", ["none", "usage", "all"], -1, 0.10, 0.18),
    ],
    "moving": [
        ("price", list(range(600, 1601, 100)), -1, 0.45, 0.40),
        ("day", ["fri", "sat", "mon", "tue", "wed"], 0, 0.20, 0.20),
        ("packing", ["none", "kitchen", "full"], 1, 0.15, 0.25),
        ("insurance", [5, 20, 50], 1, 0.10, 0.05),
        ("flex_cancel", ["no", "48h", "24h"], 1, 0.10, 0.10),
    ],
    "hotel": [
        ("price", list(range(70, 171, 10)), -1, 0.42, 0.45),
        ("breakfast", ["no", "yes"], 1, 0.12, 0.08),
        ("room", ["std", "sup", "suite"], 1, 0.18, 0.22),
        ("cancel", ["none", "7d", "1d"], 1, 0.13, 0.12),
        ("checkout", ["10", "12", "14"], 1, 0.07, 0.05),
        ("newsletter", ["no", "yes"], -1, 0.08, 0.08),
    ],
    "gym": [
        ("price", list(range(19, 60, 5)), -1, 0.40, 0.35),
        ("term", [1, 6, 12, 24], -1, 0.30, 0.35),
        ("pause", ["no", "yes"], 1, 0.10, 0.05),
        ("sauna", ["no", "yes"], 1, 0.10, 0.10),
        ("pt_hours", [0, 1, 2, 4], 1, 0.10, 0.15),
    ],
    # never tuned on
    "broadband": [
        ("monthly", list(range(20, 61, 4)), -1, 0.38, 0.42),
        ("mbit", [50, 100, 250, 500, 1000], 1, 0.25, 0.15),
        ("term", [1, 12, 24], -1, 0.15, 0.18),
        ("setup_fee", [0, 25, 50, 75], -1, 0.12, 0.15),
        ("install_day", ["mon", "wed", "fri", "sat"], 0, 0.10, 0.10),
    ],
    "sofa": [
        ("price", list(range(800, 1801, 125)), -1, 0.45, 0.45),
        ("delivery_weeks", [2, 4, 8, 12], -1, 0.20, 0.20),
        ("old_sofa", ["stays", "taken"], 1, 0.10, 0.10),
        ("warranty_years", [2, 3, 5], 1, 0.15, 0.10),
        ("deposit", ["none", "third", "half"], -1, 0.10, 0.15),
    ],
    # for the final figure: looked at by nobody before
    "electricity": [
        ("cent_per_kwh", list(range(24, 45, 2)), -1, 0.42, 0.46),
        ("base_fee", [6, 9, 12, 15], -1, 0.13, 0.14),
        ("guarantee_months", [0, 12, 24], 1, 0.18, 0.20),
        ("green", ["no", "yes"], 1, 0.15, 0.08),
        ("term_months", [1, 12, 24], -1, 0.12, 0.12),
    ],
    "car_insurance": [
        ("premium", list(range(240, 601, 40)), -1, 0.40, 0.42),
        ("deductible", [0, 150, 300, 500], -1, 0.20, 0.22),
        ("free_workshop", ["no", "yes"], 1, 0.14, 0.16),
        ("telematics", ["none", "app", "box"], -1, 0.12, 0.10),
        ("protection", ["none", "one", "two"], 1, 0.14, 0.10),
    ],
    "kitchen_fitting": [
        ("price", list(range(900, 2401, 150)), -1, 0.44, 0.40),
        ("week", ["w40", "w41", "w42", "w43", "w44"], 0, 0.18, 0.22),
        ("plumbing", ["no", "yes"], 1, 0.14, 0.16),
        ("waste", ["stays", "taken"], 1, 0.10, 0.08),
        ("deposit", ["none", "third", "half"], -1, 0.14, 0.14),
    ],
    "language_course": [
        ("fee", list(range(180, 481, 30)), -1, 0.38, 0.42),
        ("group_size", [4, 8, 12, 16], -1, 0.22, 0.24),
        ("hours", [20, 30, 40], 1, 0.20, 0.20),
        ("evening", ["tue", "wed", "thu", "sat"], 0, 0.12, 0.08),
        ("cancel_days", [0, 7, 14], 1, 0.08, 0.06),
    ],
    # for the figures of the page: drawn once the engine was fixed
    "rental_car": [
        ("day_rate", list(range(28, 79, 5)), -1, 0.42, 0.44),
        ("class", ["mini", "compact", "estate", "van"], 1, 0.20, 0.22),
        ("deductible", [0, 300, 600, 1200], -1, 0.16, 0.12),
        ("km_per_day", [150, 300, 600], 1, 0.12, 0.12),
        ("pickup", ["station", "airport", "office"], 0, 0.10, 0.10),
    ],
    "washing_machine": [
        ("price", list(range(380, 781, 40)), -1, 0.46, 0.44),
        ("delivery_days", [2, 5, 10, 20], -1, 0.16, 0.18),
        ("installation", ["no", "yes"], 1, 0.12, 0.12),
        ("warranty_years", [2, 3, 5], 1, 0.16, 0.12),
        ("instalments", ["none", "3", "12"], 1, 0.10, 0.14),
    ],
    "photographer": [
        ("fee", list(range(600, 1701, 100)), -1, 0.40, 0.42),
        ("hours", [4, 6, 8, 10], 1, 0.22, 0.24),
        ("pictures", [100, 250, 500], 1, 0.12, 0.10),
        ("weeks_until_ready", [2, 4, 8], -1, 0.10, 0.12),
        ("rights", ["private", "web", "all"], 1, 0.16, 0.12),
    ],
    "storage_room": [
        ("rent", list(range(45, 116, 7)), -1, 0.42, 0.45),
        ("square_metres", [3, 5, 8], 1, 0.22, 0.20),
        ("term_months", [1, 3, 6, 12], -1, 0.16, 0.17),
        ("floor", ["ground", "first", "cellar", "second"], 0, 0.12, 0.10),
        ("notice_weeks", [2, 4, 8], -1, 0.08, 0.08),
    ],
    # for the figures of the page, drawn once the engine that they measure was fixed
    "home_insurance": [
        ("premium", list(range(160, 421, 25)), -1, 0.42, 0.44),
        ("excess", [0, 100, 250, 500], -1, 0.18, 0.16),
        ("bicycle", ["none", "1000", "3000"], 1, 0.14, 0.16),
        ("gross_negligence", ["no", "yes"], 1, 0.14, 0.12),
        ("term_years", [1, 3, 5], -1, 0.12, 0.12),
    ],
    "bicycle": [
        ("price", list(range(700, 1701, 100)), -1, 0.44, 0.45),
        ("service_checks", [0, 1, 2, 4], 1, 0.14, 0.13),
        ("lock", ["none", "folding", "chain"], 1, 0.12, 0.12),
        ("colour", ["black", "blue", "green", "sand"], 0, 0.14, 0.12),
        ("delivery_days", [3, 7, 14], -1, 0.16, 0.18),
    ],
    "office_cleaning": [
        ("month", list(range(180, 541, 30)), -1, 0.42, 0.42),
        ("visits", [1, 2, 3], 1, 0.22, 0.24),
        ("weekday", ["mon", "tue", "thu", "fri"], 0, 0.10, 0.10),
        ("windows", ["never", "yearly", "quarterly"], 1, 0.14, 0.12),
        ("notice_months", [1, 3, 6], -1, 0.12, 0.12),
    ],
    "fitness_watch": [
        ("price", list(range(120, 331, 20)), -1, 0.46, 0.46),
        ("strap", ["rubber", "fabric", "steel"], 1, 0.14, 0.12),
        ("warranty_years", [2, 3, 4], 1, 0.16, 0.14),
        ("return_days", [14, 30, 60, 100], 1, 0.14, 0.16),
        ("trade_in", ["no", "yes"], 1, 0.10, 0.12),
    ],
}
TUNED = ("mobile_plan", "gym")
HELD_OUT = ("hotel", "moving", "broadband", "sofa")
FRESH = ("electricity", "car_insurance", "kitchen_fitting", "language_course")
LATEST = ("home_insurance", "bicycle", "office_cleaning", "fitness_watch")
NEW = ("rental_car", "washing_machine", "photographer", "storage_room")


@dataclass(frozen=True)
class Draw:
    """One domain draw: tables are already weighted, so worth is a plain sum over issues."""

    key: str
    issues: tuple[tuple[str, tuple[str, ...]], ...]
    ours: tuple[tuple[float, ...], ...]
    theirs: tuple[tuple[float, ...], ...]
    our_limit: float
    their_limit: float

    def our_worth(self, outcome: tuple[str, ...]) -> float:
        return sum(t[v.index(x)] for t, (_, v), x in zip(self.ours, self.issues, outcome, strict=True))

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Worth of every outcome for both sides (small spaces only: this is the referee, not the engine)."""
        b = np.array([sum(c) for c in itertools.product(*self.ours)])
        s = np.array([sum(c) for c in itertools.product(*self.theirs)])
        return b, s


def draw(name: str, seed: int, zone: bool = True) -> Draw:
    """The draw `seed` of a domain, as in the shared bench; `zone=False` moves the limits until no deal is possible."""
    rng = random.Random(f"{name}-{seed}")
    spec = DOMAINS[name]

    def jitter(weights: list[float]) -> list[float]:
        w = [x * rng.uniform(0.7, 1.3) for x in weights]
        return [x / sum(w) for x in w]

    wb, ws = jitter([s[3] for s in spec]), jitter([s[4] for s in spec])
    ours, theirs = [], []
    for i, (_, values, direction, *_w) in enumerate(spec):
        cb, cs = rng.uniform(0.7, 1.6), rng.uniform(0.7, 1.6)
        x = [k / (len(values) - 1) for k in range(len(values))]
        if direction == 0:
            b, s = [rng.random() for _ in values], [rng.random() for _ in values]
        else:
            b, s = [z**cb for z in x], [(1 - z) ** cs for z in x]
            if direction < 0:
                b, s = [(1 - z) ** cb for z in x], [z**cs for z in x]
        ours.append(tuple(wb[i] * (z - min(b)) / (max(b) - min(b)) for z in b))
        theirs.append(tuple(ws[i] * (z - min(s)) / (max(s) - min(s)) for z in s))
    rb, rs = round(rng.uniform(0.25, 0.50), 2), round(rng.uniform(0.20, 0.45), 2)
    issues = tuple((n, tuple(str(x) for x in v)) for n, v, *_ in spec)
    key = f"{name}-{seed}"
    if not zone:
        key += "-none"
        probe = Draw(key, issues, tuple(ours), tuple(theirs), rb, rs)
        b, s = probe.grid()
        while ((b >= rb) & (s >= rs)).any():
            rb, rs = min(0.95, rb + 0.02), min(0.95, rs + 0.02)
    return Draw(key, issues, tuple(ours), tuple(theirs), rb, rs)
