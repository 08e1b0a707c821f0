"""Makes the fixtures of the readers of tar, zip and Parquet, with what foreign programs read back from them.

Needs GNU tar, numpy, Pillow, pandas and pyarrow: `python tests/data/make_archives.py`.

Beside each fixture `X` stand `X.expected.json` (names, labels, parts and shapes of the images in order, names of what is
passed over, names of the classes) and `X.expected.bin` (their pixels, `[height, width, channel]` one after another).
"""

import gzip
import io
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

HERE = pathlib.Path(__file__).parent
RNG = np.random.default_rng(20261125)
ENDINGS = ("png", "jpg", "jpeg", "webp", "bmp", "gif")


def png():
    height, width = RNG.integers(3, 8, size=2)
    channels = RNG.choice([1, 3])
    pixels = RNG.integers(0, 256, size=(height, width, channels), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels).save(file, "png")
    return file.getvalue()


def decode(data):
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    return pixels.reshape(pixels.shape[0], pixels.shape[1], -1)


def truth(fixture, records, skipped=(), classes=()):
    """`records`: (name, label, part, bytes of an encoded image), in the order of reading."""
    pixels = [decode(data) for *_, data in records]
    listed = [
        {"name": name, "label": label, "part": part, "shape": list(array.shape)}
        for (name, label, part, _), array in zip(records, pixels)
    ]
    content = {"records": listed, "skipped": list(skipped), "classes": list(classes)}
    pathlib.Path(f"{fixture}.expected.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    pathlib.Path(f"{fixture}.expected.bin").write_bytes(b"".join(array.tobytes() for array in pixels))


def is_image(name):
    return name.rsplit(".", 1)[-1].lower() in ENDINGS


# Tar

LONG = "a_long_name_" * 7
CLASSES = ["bird", "cät", "dog"]


def image_folder(root):
    for part, count in (("train", 3), ("test", 2)):
        for label in CLASSES:
            folder = root / "set" / part / label
            folder.mkdir(parents=True)
            for index in range(count):
                (folder / f"{index:03}.png").write_bytes(png())
    (root / "set/train/dog" / LONG).mkdir()
    (root / "set/train/dog" / LONG / f"{LONG}.png").write_bytes(png())
    (root / "set/train/notes.txt").write_text("no image\n")
    (root / "set/train/.hidden.png").write_bytes(png())
    os.symlink("000.png", root / "set/test/dog/link.png")
    os.link(root / "set/test/dog/000.png", root / "set/test/dog/same.png")
    os.mkfifo(root / "set/test/dog/pipe.png")


def gnu_tar(archive, root, *options):
    fixed = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "-b1"]
    subprocess.run(["tar", *fixed, *options, "-cf", archive, "-C", root, "."], check=True)


def folder_truth(archive):
    records, skipped = [], []
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            folders = name.split("/")
            if member.isdir() or folders[-1].startswith("."):
                continue
            if not member.isreg() or not is_image(name):
                skipped.append(name)
                continue
            part = {"train": "training", "test": "held_out"}[folders[1]]
            records.append((name, CLASSES.index(folders[2]), part, tar.extractfile(member).read()))
    truth(archive, records, skipped, CLASSES)


def add(tar, name, data=b"", **fields):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    for field, value in fields.items():
        setattr(member, field, value)
    tar.addfile(member, io.BytesIO(data) if data else None)


def tars(root):
    image_folder(root)
    for form in ("gnu", "posix", "ustar"):
        archive = HERE / f"tar/folder_{form}.tar"
        gnu_tar(archive, root, f"--format={form}", "--pax-option=delete=atime,delete=ctime" if form == "posix" else "-p")
        folder_truth(archive)
    plain = (HERE / "tar/folder_gnu.tar").read_bytes()
    for name, pieces in (("folder.tar.gz", 1), ("folder_members.tgz", 5)):
        length = len(plain) // pieces + 1
        parts = [plain[at : at + length] for at in range(0, len(plain), length)]
        (HERE / "tar" / name).write_bytes(b"".join(gzip.compress(part, mtime=0) for part in parts))
        folder_truth(HERE / "tar" / name)
    sparse(root.parent / "sparse")
    hostile()
    shards()


def sparse(root):
    root.mkdir()
    images = {name: png() for name in ("a.png", "z.png")}
    for name, data in images.items():
        (root / name).write_bytes(data)
    with open(root / "holes.bmp", "wb") as file:
        for piece in range(6):
            file.seek(piece * 65536)
            file.write(b"BM")
        file.truncate(7 * 65536)
    for form, options in (("gnu", []), ("posix", ["--sparse-version=1.0"]), ("posix", ["--sparse-version=0.1"])):
        archive = HERE / f"tar/sparse_{form}{options[0][-3:] if options else ''}.tar"
        gnu_tar(archive, root, "--sparse", f"--format={form}", *options)
        records = [(name, None, None, data) for name, data in images.items()]
        truth(archive, records, ["holes.bmp"])


def hostile():
    archive = HERE / "tar/hostile.tar"
    images = [png() for _ in range(6)]
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as tar:
        add(tar, "/etc/cat/a.png", images[0])
        add(tar, "../../cat/b.png", images[1])
        add(tar, "dog/\udcff.png", images[2])
        add(tar, "dog/device.png", type=tarfile.CHRTYPE, devmajor=1, devminor=5)
        add(tar, "dog/link.png", type=tarfile.SYMTYPE, linkname="/etc/passwd")
        add(tar, "dog/twice.png", images[3])
        add(tar, "dog/twice.png", images[4])
        add(tar, "dog/" + "n" * 3000 + ".PNG", images[5])
    # The folders do not share their first part, so that `etc/cat` is a class.
    names = ["/etc/cat/a.png", "../../cat/b.png", "dog/\ufffd.png", "dog/twice.png", "dog/" + "n" * 3000 + ".PNG"]
    labels = [2, 0, 1, 1, 1]
    kept = images[:4] + images[5:]
    records = [(name, label, None, data) for name, label, data in zip(names, labels, kept)]
    truth(archive, records, ["dog/device.png", "dog/link.png", "dog/twice.png"], ["cat", "dog", "etc/cat"])


def shards():
    folder = HERE / "tar/shards"
    folder.mkdir()
    records, skipped = [], []
    for shard, labels in (("train-000000", "cls"), ("train-000001", "json"), ("val-000000", "cls")):
        part = "training" if shard.startswith("train") else "held_out"
        with tarfile.open(folder / f"{shard}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            for index in range(5):
                key, image, label = f"{index:06}", png(), int(RNG.integers(0, 10))
                said = {"cls": f"{label}\n".encode(), "json": json.dumps({["label", "cls", "class"][index % 3]: label}).encode()}
                members = {"png": image, labels: said[labels], "txt": b"a caption"}
                if index == 3:
                    members["mask.png"] = png()
                    skipped.append(f"{shard}.tar/{key}.mask.png")
                for ending in sorted(members, reverse=index % 2 == 1):
                    add(tar, f"{key}.{ending}", members[ending])
                records.append((f"{shard}.tar/{key}.png", label, part, image))
            if shard == "val-000000":
                image = png()
                add(tar, "odd.png", image)
                add(tar, "odd.cls", b"seven")
                add(tar, "empty.cls", b"7")
                records.append((f"{shard}.tar/odd.png", None, part, image))
                skipped += [f"{shard}.tar/odd.cls", f"{shard}.tar/empty"]
    truth(folder, records, skipped)


# Zip


def zips():
    archive = HERE / "zip/folder.zip"
    records = []
    with zipfile.ZipFile(archive, "w") as file:
        file.mkdir("set")
        for part, said in (("train", "training"), ("val", "held_out")):
            for label in CLASSES:
                for index in range(2):
                    name, data = f"set/{part}/{label}/{index}.png", png()
                    method = zipfile.ZIP_DEFLATED if index else zipfile.ZIP_STORED
                    file.writestr(fixed(name), data, compress_type=method)
                    records.append((name, CLASSES.index(label), said))
        file.writestr(fixed("__MACOSX/set/train/dog/._0.png"), b"resource")
        file.writestr(fixed("set/read me.txt"), b"no image")
    with zipfile.ZipFile(archive) as file:
        truth(archive, [(*record, file.read(record[0])) for record in records], ["set/read me.txt"], CLASSES)
    odd_zip()


def fixed(name):
    return zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))


def odd_zip():
    archive = HERE / "zip/odd.zip"
    methods = {"b": zipfile.ZIP_BZIP2, "l": zipfile.ZIP_LZMA}
    images = {name: png() for name in ("a", "b", "l", "../up", "/root", "secret", "huge", "wrong", "z")}
    with zipfile.ZipFile(archive, "w") as file:
        for name, data in images.items():
            file.writestr(fixed(f"{name}.png"), data, compress_type=methods.get(name, zipfile.ZIP_DEFLATED))
        link = fixed("link.png")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    data = bytearray(archive.read_bytes())
    for signature, flags, checksum, size, name_at in ((b"PK\x03\x04", 6, 14, 22, 30), (b"PK\x01\x02", 8, 16, 24, 46)):
        at = data.find(signature)
        while at >= 0:
            name = bytes(data[at + name_at : at + name_at + 10])
            if name.startswith(b"secret"):
                data[at + flags] |= 1
            if name.startswith(b"huge"):
                data[at + size : at + size + 4] = struct.pack("<I", 3 << 30)
            if name.startswith(b"wrong"):
                data[at + checksum] ^= 0xFF
            at = data.find(signature, at + 4)
    archive.write_bytes(data)
    kept = ["a", "../up", "/root", "z"]
    records = [(f"{name}.png", None, None, images[name]) for name in kept]
    truth(archive, records, [f"{name}.png" for name in ("b", "l", "secret", "huge", "wrong", "link")])


# Parquet


def hub_schema(extra=()):
    features = {"img": {"_type": "Image"}, "label": {"names": CLASSES, "_type": "ClassLabel"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.schema([("img", image), ("label", pa.int64()), *extra], metadata)


def parquets():
    hub = HERE / "parquet/hub"
    (hub / "data").mkdir(parents=True)
    settings = {
        "test-00000-of-00001-9a": {"compression": "gzip", "use_dictionary": False},
        "train-00000-of-00002-1b": {"compression": "snappy", "use_dictionary": True},
        "train-00001-of-00002-2c": {"compression": "none", "data_page_version": "2.0"},
        "validation-00000-of-00001-3d": {"compression": "snappy", "data_page_version": "2.0"},
    }
    records, skipped = [], []
    for name, options in settings.items():
        file = hub / f"data/{name}.parquet"
        rows = [({"bytes": png(), "path": f"{index}.png"}, int(RNG.integers(0, 3))) for index in range(11)]
        rows[2] = (None, 1)
        rows[5] = ({"bytes": None, "path": "elsewhere/5.png"}, 0)
        rows[7] = ({"bytes": png(), "path": None}, None)
        rows[8] = ({"bytes": png(), "path": None}, -1)
        columns = [[image for image, _ in rows], [label for _, label in rows]]
        schema = hub_schema()
        table = pa.table([pa.array(column, kind) for column, kind in zip(columns, schema.types)], schema=schema)
        pq.write_table(table, file, row_group_size=4, data_page_size=64, write_batch_size=2, **options)
        part = "training" if name.startswith("train") else "held_out"
        for index, row in enumerate(pq.read_table(file).to_pylist()):
            shown = f"data/{name}.parquet/{index}"
            if row["img"] and row["img"]["bytes"]:
                label = row["label"] if row["label"] is not None and row["label"] >= 0 else None
                records.append((shown, label, part, row["img"]["bytes"]))
            else:
                skipped.append(shown)
    truth(hub, records, skipped, CLASSES)
    single_parquets()


def single_parquets():
    folder = HERE / "parquet"
    images = [png() for _ in range(6)]
    frame = pd.DataFrame({"id": range(6), "image": images, "labels": np.arange(6, dtype=np.int32) % 4})
    frame.to_parquet(folder / "pandas.parquet", compression="snappy")
    back = pd.read_parquet(folder / "pandas.parquet")
    rows = enumerate(zip(back["labels"], back["image"]))
    truth(folder / "pandas.parquet", [(f"pandas.parquet/{index}", int(label), None, data) for index, (label, data) in rows])
    structure = pa.array([{"bytes": data} for data in images], pa.struct([pa.field("bytes", pa.binary(), nullable=False)]))
    required = pa.schema([pa.field("photo", structure.type, nullable=False), pa.field("fine_label", pa.int8(), nullable=False)])
    table = pa.table([structure, pa.array(range(6), pa.int8())], schema=required)
    pq.write_table(table, folder / "required.parquet", compression="gzip", data_page_version="2.0")
    back = pq.read_table(folder / "required.parquet").to_pylist()
    rows = [(f"required.parquet/{at}", row["fine_label"], None, row["photo"]["bytes"]) for at, row in enumerate(back)]
    truth(folder / "required.parquet", rows)
    plain = pa.table({"image": images})
    for compression in ("zstd", "brotli", "lz4"):
        pq.write_table(plain, folder / f"{compression}.parquet", compression=compression)
    pq.write_table(plain, folder / "delta.parquet", use_dictionary=False, column_encoding={"image": "DELTA_LENGTH_BYTE_ARRAY"})
    pq.write_table(pa.table({"image": [[1, 2], [3]], "url": ["a", "b"]}), folder / "no_bytes.parquet")
    pq.write_table(pa.table({"image": ["a.png", "b.png"]}), folder / "paths.parquet")


def main():
    for name in ("tar", "zip", "parquet"):
        shutil.rmtree(HERE / name, ignore_errors=True)
        (HERE / name).mkdir()
    with tempfile.TemporaryDirectory() as root:
        files = pathlib.Path(root) / "files"
        files.mkdir()
        tars(files)
    zips()
    parquets()


if __name__ == "__main__":
    main()
