"""Reads an event file with TensorBoard's own reader and compares it with the table of the same curves.

read_back.py FOLDER TABLE: FOLDER holds the event file alone, TABLE is the table in long form (run, grid, quantity, update,
epoch, seconds, value, samples).
"""

import csv
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def as_float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def main(folder, table):
    wanted = {}
    with open(table, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            side = row["grid"]
            tag = f"{row['quantity']}/{side}x{side}" if side else f"plotted/{row['quantity']}"
            values = wanted.setdefault(tag, [])
            values.append((int(float(row["update"])), float(row["seconds"]), as_float32(float(row["value"]))))
    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    tags = set(events.Tags()["scalars"])
    if tags != set(wanted):
        sys.exit(f"tags differ: only in the file {tags - set(wanted)}, only in the table {set(wanted) - tags}")
    start = events.FirstEventTimestamp()
    for tag, values in wanted.items():
        found = [(event.step, event.wall_time - start, event.value) for event in events.Scalars(tag)]
        if len(found) != len(values):
            sys.exit(f"{tag}: {len(found)} values, {len(values)} in the table")
        for (step, seconds, value), (wanted_step, wanted_seconds, wanted_value) in zip(found, values):
            if step != wanted_step or value != wanted_value or abs(seconds - wanted_seconds) > 1e-3:
                sys.exit(f"{tag}: {(step, seconds, value)}, {(wanted_step, wanted_seconds, wanted_value)} in the table")
    print(f"{sum(map(len, wanted.values()))} values of {len(wanted)} tags agree")


if __name__ == "__main__":
    main(*sys.argv[1:])
