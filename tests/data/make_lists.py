"""Makes the fixtures of the sources `celeba` and `listed`: made-up pictures with lists as the data sets have them.

Run from the repository's root with Python, numpy, pandas and Pillow: `python tests/data/make_lists.py`. What pandas reads
of the lists is written beside them, in `expected.json`.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

HERE = Path(__file__).parent
RNG = np.random.default_rng(20150713)


def picture(path, width, height):
    """A smooth made-up picture: a few cosines in each channel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for _ in range(3):
        a, b, c = RNG.uniform(1, 4, 3)
        planes.append(127 + 100 * np.cos(a * x / width * 3 + c) * np.cos(b * y / height * 3))
    Image.fromarray(np.stack(planes, -1).astype(np.uint8)).save(path, quality=40)


def celeba():
    folder = HERE / "celeba"
    names = [f"{n:06}.jpg" for n in range(1, 9)]
    for name in names:
        picture(folder / "img_align_celeba" / name, 178, 218)
    partitions = [0, 0, 0, 0, 1, 1, 2, 2]
    lines = "".join(f"{name} {part}\n" for name, part in zip(names, partitions))
    (folder / "list_eval_partition.txt").write_text(lines)
    attributes = ["5_o_Clock_Shadow", "Bald", "Eyeglasses", "Male", "Smiling", "Young"]
    values = RNG.choice([-1, 1], (len(names), len(attributes)))
    rows = "".join(
        f"{name} " + " ".join(f"{value:2}" for value in row) + "\n" for name, row in zip(names, values)
    )
    (folder / "list_attr_celeba.txt").write_text(f"{len(names)}\n{' '.join(attributes)} \n{rows}")
    (folder / "identity_CelebA.txt").write_text("".join(f"{name} {2880 + n}\n" for n, name in enumerate(names)))

    read = pd.read_csv(folder / "list_eval_partition.txt", sep=r"\s+", header=None, index_col=0)
    read_attributes = pd.read_csv(folder / "list_attr_celeba.txt", sep=r"\s+", header=1)
    frames = folder / "csv"
    frames.mkdir(exist_ok=True)
    read.reset_index().set_axis(["image_id", "partition"], axis=1).to_csv(frames / "list_eval_partition.csv", index=False)
    read_attributes.rename_axis("image_id").to_csv(frames / "list_attr_celeba.csv")
    expected = {
        "partition": {name: int(part) for name, part in read[1].items()},
        "names": list(read_attributes.columns),
        "attributes": {name: [int(v) for v in row] for name, row in zip(read_attributes.index, read_attributes.values)},
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def listed():
    folder = HERE / "listed" / "places"
    images = folder / "data/vision/torralba/deeplearning/images256"
    classes = ["/a/abbey", "/a/apartment_building/outdoor", "/b/bar"]
    lists = folder / "trainvalsplit_places205"
    lists.mkdir(parents=True, exist_ok=True)
    rows = {"train": [], "val": [], "test": []}
    for label, name in enumerate(classes):
        for n in range(4):
            image = f"{name[1:]}/gsun_{label}{n:03}.jpg"
            picture(images / image, 24, 16)
            rows["train" if n < 3 else "val"].append((image, label))
    for n in range(2):
        image = f"gsun_test{n}.jpg"
        picture(folder / "testSetPlaces205_resize" / image, 24, 16)
        rows["test"].append((image,))
    for part, listed_rows in rows.items():
        with open(lists / f"{part}_places205.csv", "w", newline="") as file:
            csv.writer(file, delimiter=" ", lineterminator="\n").writerows(listed_rows)
    index = "".join(f"{name} {label}\n" for label, name in enumerate(classes))
    (lists / "categoryIndex_places205.csv").write_text(index)
    expected = {}
    for part in rows:
        table = pd.read_csv(lists / f"{part}_places205.csv", sep=" ", header=None)
        labels = [int(v) for v in table[1]] if 1 in table else [None] * len(table)
        expected[part] = [[image, label] for image, label in zip(table[0], labels)]
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    celeba()
    listed()
