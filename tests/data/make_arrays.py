"""Makes the fixtures of the readers of arrays: tests/data/{mat,idx,cifar,numpy}/.

Needs numpy and scipy. Images are made up from a fixed seed. Beside each file or folder NAME lie NAME.bin, the pixels as
the format's own program reads them back (uint8, [n, height, width, channel]), and NAME.json with shape, labels and parts.
What lies in refused/ is refused as a whole or in part.
"""

import gzip
import json
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import scipy.io

HERE = Path(__file__).parent
TRAINING, HELD_OUT = "training", "held_out"


def fresh(name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def images(seed, *shape):
    """Smooth colours with noise, so that no two axes can be exchanged unseen and compression has something to do."""
    generator = np.random.default_rng(seed)
    axes = np.meshgrid(*[np.arange(length) for length in shape], indexing="ij")
    smooth = sum(step * axis for step, axis in zip((37, 11, 5, 61), axes))
    return ((smooth + generator.integers(0, 9, shape)) % 256).astype(np.uint8)


def truth(path, pixels, labels=None, parts=None):
    pixels = np.asarray(pixels)
    assert pixels.ndim == 4 and pixels.dtype == np.uint8
    Path(f"{path}.bin").write_bytes(np.ascontiguousarray(pixels).tobytes())
    labels = [None] * len(pixels) if labels is None else [None if x is None else int(x) for x in labels]
    parts = parts if isinstance(parts, list) else [parts] * len(pixels)
    told = {"shape": list(pixels.shape), "labels": labels, "parts": parts}
    Path(f"{path}.json").write_text(json.dumps(told))


# MATLAB


def mat_truth(path, part=None):
    read = scipy.io.loadmat(path)
    x = read["X"]
    if x.ndim == 2:
        x = x[:, :, None]
    if x.ndim == 3:
        x = x[:, :, :, None] if read.get("y") is not None and read["y"].size == 1 else x[:, :, None, :]
    labels = None if "y" not in read else [int(label) % 10 for label in read["y"].reshape(-1)]
    truth(path, x.transpose(3, 0, 1, 2), labels, part)


def big_endian_mat(path, x, y):
    """What MATLAB wrote on a big-endian machine: scipy reads these, but writes none."""

    def element(kind, data):
        return struct.pack(">II", kind, len(data)) + data + b"\0" * (-len(data) % 8)

    def matrix(code, name, array, kind, dtype):
        flags = element(6, struct.pack(">II", code, 0))
        dimensions = element(5, np.array(array.shape, ">i4").tobytes())
        numbers = element(kind, array.astype(dtype).tobytes(order="F"))
        # The name stands within its tag, as MATLAB puts short ones.
        short = struct.pack(">HH", len(name), 1) + name.ljust(4, b"\0")
        return element(14, flags + dimensions + short + numbers)

    header = b"MATLAB 5.0 MAT-file, made up".ljust(124, b" ") + b"\x01\x00MI"
    path.write_bytes(header + matrix(6, b"y", y, 3, ">i2") + matrix(9, b"X", x, 2, ">u1"))


def make_mat():
    folder = fresh("mat")
    x = images(1, 6, 8, 3, 7)
    y = np.array([1, 10, 9, 2, 10, 5, 3], np.uint8)[:, None]
    save = scipy.io.savemat
    save(folder / "plain.mat", {"X": x, "y": y})
    save(folder / "compressed.mat", {"X": x, "y": y}, do_compression=True)
    save(folder / "labels_first.mat", {"y": y.astype(float), "X": x}, do_compression=True)
    others = {"note": "text", "cell": np.array([[1], ["a"]], object), "s": {"a": 1}, "z": np.arange(5.0)}
    save(folder / "others.mat", {"note": "text", "X": x, **others, "y": y.astype(np.int32)}, do_compression=True)
    save(folder / "plain_others.mat", {**others, "y": y.astype(np.float32), "X": x})
    save(folder / "grey.mat", {"X": images(2, 5, 4, 6), "y": np.arange(1, 7)[:, None]})
    save(folder / "single.mat", {"X": images(3, 5, 4, 3), "y": [[10]]})
    save(folder / "unlabelled.mat", {"X": x}, do_compression=True)
    big_endian_mat(folder / "big_endian.mat", x, y)
    for file in sorted(folder.glob("*.mat")):
        mat_truth(file)
    refused = folder / "refused"
    refused.mkdir()
    save(refused / "double.mat", {"X": x / 255.0, "y": y})
    save(refused / "fewer_labels.mat", {"X": x, "y": y[1:]})
    save(refused / "level4.mat", {"X": np.eye(3)}, format="4")
    save(refused / "nothing.mat", {"images": x})
    (refused / "hdf5.mat").write_bytes(
        b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM" + bytes(384) + b"\x89HDF\r\n\x1a\n"
    )
    svhn = folder / "svhn"
    svhn.mkdir()
    pixels, labels, parts = [], [], []
    for seed, (name, part) in enumerate([("train", TRAINING), ("extra", TRAINING), ("test", HELD_OUT)]):
        save(svhn / f"{name}_32x32.mat", {"X": images(seed + 4, 32, 32, 3, 2), "y": [[10], [seed + 1]]}, do_compression=True)
        read = scipy.io.loadmat(svhn / f"{name}_32x32.mat")
        pixels.append(read["X"].transpose(3, 0, 1, 2))
        labels += [int(label) % 10 for label in read["y"][:, 0]]
        parts += [part] * 2
    truth(svhn, np.concatenate(pixels), labels, parts)


# IDX


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def read_idx(bytes_):
    """As torchvision does."""
    rank = bytes_[3]
    shape = struct.unpack(f">{rank}I", bytes_[4 : 4 + 4 * rank])
    return np.frombuffer(bytes_, np.uint8, offset=4 + 4 * rank).reshape(shape)


def packed(bytes_):
    return gzip.compress(bytes_, mtime=0)


def make_idx():
    folder = fresh("idx")
    sets = [(images(10, 5, 7, 6), np.array([3, 0, 9, 1, 7], np.uint8)), (images(11, 2, 7, 6), np.array([4, 9], np.uint8))]
    spellings = {
        "fashion-mnist": ("{}-{}-idx{}-ubyte.gz", packed),
        "mnist": ("{}-{}.idx{}-ubyte", bytes),
        "torchvision/raw": ("{}-{}-idx{}-ubyte", bytes),
    }
    for name, (spelling, pack) in spellings.items():
        (folder / name).mkdir(parents=True)
        for part, (pixels, labels) in zip(("train", "t10k"), sets):
            (folder / name / spelling.format(part, "images", 3)).write_bytes(pack(idx(pixels)))
            (folder / name / spelling.format(part, "labels", 1)).write_bytes(pack(idx(labels)))
    pixels = np.concatenate([read_idx(idx(pixels)) for pixels, _ in sets])[..., None]
    labels = np.concatenate([labels for _, labels in sets])
    for name in ("fashion-mnist", "mnist", "torchvision"):
        truth(folder / name, pixels, labels, [TRAINING] * 5 + [HELD_OUT] * 2)
    (folder / "colour").mkdir()
    colour = images(12, 3, 4, 5, 3)
    (folder / "colour/train-images-idx4-ubyte").write_bytes(idx(colour))
    truth(folder / "colour", colour, None, TRAINING)
    (folder / "emnist").mkdir()
    (folder / "emnist/emnist-letters-test-images-idx3-ubyte.gz").write_bytes(packed(idx(sets[0][0])))
    truth(folder / "emnist", sets[0][0].transpose(0, 2, 1)[..., None], None, HELD_OUT)


# CIFAR


def make_cifar():
    folder = fresh("cifar")
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

    def write(path, pixels, *labels):
        planes = pixels.transpose(0, 3, 1, 2).reshape(len(pixels), -1)
        np.concatenate([np.array(labels, np.uint8).T, planes], axis=1).tofile(path)

    def read(path, labels):
        rows = np.fromfile(path, np.uint8).reshape(-1, labels + 3072)
        return rows[:, labels:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), rows[:, labels - 1]

    ten = folder / "ten/cifar-10-batches-bin"
    ten.mkdir(parents=True)
    (ten / "batches.meta.txt").write_text("\n".join(names) + "\n\n")
    pixels = images(20, 6, 32, 32, 3)
    files = ["data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"]
    for index, file in enumerate(files):
        write(ten / file, pixels[2 * index : 2 * index + 2], [9 - index, index])
    back = [read(ten / file, 1) for file in files]
    parts = [TRAINING] * 4 + [HELD_OUT] * 2
    truth(folder / "ten", np.concatenate([b[0] for b in back]), np.concatenate([b[1] for b in back]), parts)
    hundred = folder / "hundred"
    hundred.mkdir()
    (hundred / "fine_label_names.txt").write_text("".join(f"fine_{index}\n" for index in range(100)))
    (hundred / "coarse_label_names.txt").write_text("".join(f"coarse_{index}\n" for index in range(20)))
    write(hundred / "train.bin", pixels[:3], [1, 2, 3], [99, 0, 50])
    write(hundred / "test.bin", pixels[3:4], [19], [42])
    back = [read(hundred / file, 2) for file in ("train.bin", "test.bin")]
    parts = [TRAINING] * 3 + [HELD_OUT]
    truth(hundred, np.concatenate([b[0] for b in back]), np.concatenate([b[1] for b in back]), parts)


# NumPy


def make_numpy():
    folder = fresh("numpy")
    rgb, grey = images(30, 4, 5, 6, 3), images(31, 4, 5, 6)
    first = rgb.transpose(0, 3, 1, 2)
    arrays = {
        "grey_u1": grey,
        "grey_last_u1": grey[..., None],
        "grey_first_i8": grey[:, None].astype("<i8"),
        "last_u1": rgb,
        "last_i2_big": rgb.astype(">i2"),
        "last_u4_big": rgb.astype(">u4"),
        "first_u1": first,
        "first_f4": (first / 255).astype("<f4"),
        "last_f8_big": (rgb / 255).astype(">f8"),
        "first_f8_symmetric": first / 127.5 - 1,
        "last_f4_bytes": rgb.astype("<f4"),
        "last_f2_bytes": rgb.astype("<f2"),
        "last_f2_big": (rgb / 255).astype(">f2"),
        "bool": grey > 127,
        "single": rgb[0],
        "last_u1_fortran": np.asfortranarray(rgb),
        "first_u1_fortran": np.asfortranarray(first),
        "first_f4_fortran": np.asfortranarray((first / 255).astype("<f4")),
        "grey_i4_fortran": np.asfortranarray(grey.astype(">i4")),
        "single_fortran": np.asfortranarray(rgb[0]),
    }
    scales = {"first_f4": 255, "last_f8_big": 255, "last_f2_big": 255, "first_f4_fortran": 255, "bool": 255}

    def pixels(name, read):
        read = (read + 1) * 127.5 if "symmetric" in name else read.astype(np.float64) * scales.get(name, 1)
        read = np.rint(read).astype(np.uint8)
        if name.startswith("single"):
            return read[None]
        if read.ndim == 3:
            return read[..., None]
        return read.transpose(0, 2, 3, 1) if "first" in name else read

    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
        truth(folder / f"{name}.npy", pixels(name, np.load(folder / f"{name}.npy")))
    with open(folder / "version_2.npy", "wb") as file:
        np.lib.format.write_array(file, grey, version=(2, 0))
    truth(folder / "version_2.npy", grey[..., None])

    labels = np.array([3, 1, 4, 1])

    def archive(name, save, parts, arrays, images_of):
        save(folder / f"{name}.npz", **arrays)
        read = np.load(folder / f"{name}.npz")
        x = np.concatenate([read[i] for i, _ in images_of])
        y = np.concatenate([read[j].reshape(-1) if j else np.full(len(read[i]), -1) for i, j in images_of])
        truth(folder / f"{name}.npz", x[..., None] if x.ndim == 3 else x, [None if v < 0 else v for v in y], parts)

    keras = {"x_test": grey[:1], "x_train": grey, "y_train": labels, "y_test": labels[:1]}
    keras_pairs = [("x_train", "y_train"), ("x_test", "y_test")]
    archive("keras", np.savez, [TRAINING] * 4 + [HELD_OUT], keras, keras_pairs)
    medmnist = {
        "train_images": rgb, "val_images": rgb[:2], "test_images": rgb[1:2],
        "train_labels": labels[:, None].astype(np.uint8), "val_labels": labels[:2, None], "test_labels": labels[1:2, None],
        "train_masks": grey,
    }  # fmt: skip
    medmnist_pairs = [(f"{part}_images", f"{part}_labels") for part in ("train", "val", "test")]
    archive("medmnist", np.savez_compressed, [TRAINING] * 4 + [HELD_OUT] * 3, medmnist, medmnist_pairs)
    mean = {"mean": np.ones((5, 6, 3)), "images": np.asfortranarray(rgb), "targets": labels.astype(">f4")}
    archive("named", np.savez_compressed, None, mean, [("images", "targets")])
    archive("unlabelled", np.savez, None, {"faces": grey, "y": labels[:3]}, [("faces", None)])
    # Labels of another number than the images are left out, and named.
    told = json.loads((folder / "unlabelled.npz.json").read_text())
    (folder / "unlabelled.npz.json").write_text(json.dumps(told | {"skipped": ["unlabelled.npz/y"]}))
    np.savez(folder / "positional.npz", grey, labels)
    truth(folder / "positional.npz", np.load(folder / "positional.npz")["arr_0"][..., None], labels)

    together = folder / "together"
    together.mkdir()
    for name, array in keras.items():
        np.save(together / f"{name}.npy", array)
    truth(together, np.concatenate([grey, grey[:1]])[..., None], [*labels, 3], [TRAINING] * 4 + [HELD_OUT])

    # Refused, or partly.
    refused = folder / "refused"
    refused.mkdir()
    poison = (rgb / 255).astype("<f4")
    poison[1, 2, 3, 0], poison[3, 0, 0, 1] = np.nan, np.inf
    np.save(refused / "nan.npy", poison)
    np.save(refused / "wide.npy", rgb.astype(np.int32) + np.array([0, 1000, -300, 0])[:, None, None, None])
    np.save(refused / "unscaled.npy", rgb * 4.0)
    np.save(refused / "complex.npy", rgb.astype(np.complex64))
    np.save(refused / "structured.npy", np.zeros((4, 5, 6), [("a", "<f4"), ("b", "<i2", (2,))]))

    np.save(refused / "object.npy", np.array([{"a": 1}, None]), allow_pickle=True)
    text = "{'descr': '|u1', 'fortran_order': False, 'shape': (100000, 10000, 10000), }".ljust(117) + "\n"
    with zipfile.ZipFile(refused / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("images.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + bytes(100))
    deep = ("(" * 60000).encode()
    (refused / "deep.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(deep)) + deep)


if __name__ == "__main__":
    make_mat()
    make_idx()
    make_cifar()
    make_numpy()
