#!/usr/bin/env python3
"""Writes the hostile corpus: files and folders that try to crash, fill, block or fool a reader of data sets.

Each entry of FORMAT/ is a data set, and the first word of its name says how it must end:

- sound: all of its images are read, nothing is passed over;
- broken: an error, or what is bad is passed over by name;
- odd: strange but harmless, any end in words will do;
- outside: it points out of its own folder, at outside.png, which must not be read.

What Git cannot keep, and what is large, tests/data_hostile.rs makes itself. Needs numpy, Pillow, and pyarrow for the
parquet files that the broken ones are cut from. No date and no chance: it writes the same bytes each time, with the same
versions of those.
"""

import gzip
import io
import shutil
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy
from PIL import Image

HERE = Path(__file__).parent
# Would be there if a pickle had been run; it never is.
MARKER = "emberlab-pickle-was-run"


def write(name, data):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def cuts(name, ending, sound, header, sidecars=None, last="broken"):
    """The file cut at every kind of place; with `sidecars`, as a folder that holds whole files too. `last` is odd where
    its last byte says nothing of its images."""
    places = {
        "in-the-header": max(1, header // 2),
        "after-the-header": header,
        "one-byte-after-the-header": header + 1,
        "in-the-middle": (header + len(sound)) // 2,
        "one-byte-short": len(sound) - 1,
        "empty": 0,
    }
    for what, length in places.items():
        kind = last if length == len(sound) - 1 else "broken"
        put(name, f"{kind}-{what if length == 0 else 'cut-' + what}", ending, sound[:length], sidecars)


def put(name, what, ending, data, sidecars=None):
    """A file `what`.`ending` of the format `name`, or with `sidecars` a folder with a file `ending`."""
    if sidecars is None:
        write(f"{name}/{what}.{ending}", data)
        return
    write(f"{name}/{what}/{ending}", data)
    for sidecar, content in sidecars.items():
        write(f"{name}/{what}/{sidecar}", content)


def picture(width=12, height=10, level=0):
    y, x = numpy.mgrid[0:height, 0:width]
    values = numpy.stack([20 * x + level, 25 * y, 10 * (x + y)], -1) % 256
    return Image.fromarray(values.astype(numpy.uint8), "RGB")


def encoded(form, image=None, **options):
    out = io.BytesIO()
    (image or picture()).save(out, form, **options)
    return out.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, data, bits=8, colour=2, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


# Widths and heights that no file of a few bytes can hold.
SIZES = {"60000-square": (60000, 60000), "largest-square": (2**32 - 1, 2**32 - 1), "0-wide": (0, 10), "0-high": (10, 0)}


def pngs():
    sound = encoded("PNG")
    write("png/sound.png", sound)
    write("png/odd-1x1.png", encoded("PNG", picture(1, 1)))
    write("png/odd-jpeg-inside.png", encoded("JPEG"))
    cuts("png", "png", sound, 33, last="odd")
    write("png/broken-text.png", b"This is no picture.\n" * 5)
    write("png/broken-signature-only.png", sound[:8])
    for what, (width, height) in SIZES.items():
        write(f"png/broken-{what}.png", png(width, height, zlib.compress(bytes(100))))
    write("png/broken-too-few-pixels.png", png(19000, 5000, zlib.compress(bytes(3000))))
    write("png/odd-too-many-pixels.png", png(4, 4, zlib.compress(bytes(1_000_000), 9)))
    write("png/broken-no-palette.png", png(4, 4, zlib.compress(bytes(20)), colour=3))
    write("png/broken-bits.png", png(4, 4, zlib.compress(bytes(100)), bits=77))
    write("png/broken-not-zlib.png", png(4, 4, b"not zlib at all"))
    write("png/broken-checksum.png", sound[:20] + bytes([sound[20] ^ 1]) + sound[21:])
    long = b"\x7f\xff\xff\xff" + b"tEXt" + b"abc"
    write("png/broken-chunk-too-long.png", sound[:33] + long)


def jpegs():
    sound = encoded("JPEG", quality=80)
    write("jpeg/sound.jpg", sound)
    write("jpeg/odd-1x1.jpg", encoded("JPEG", picture(1, 1)))
    cuts("jpeg", "jpg", sound, sound.index(b"\xff\xda"))
    write("jpeg/odd-png-inside.jpg", encoded("PNG"))
    write("jpeg/broken-markers-only.jpg", b"\xff\xd8\xff\xd9")
    frame = sound.index(b"\xff\xc0")

    def sized(width, height):
        return sound[: frame + 5] + struct.pack(">HH", height, width) + sound[frame + 9 :]

    write("jpeg/broken-60000-square.jpg", sized(60000, 60000))
    write("jpeg/broken-65535-square.jpg", sized(65535, 65535))
    write("jpeg/broken-0-wide.jpg", sized(0, 10))
    write("jpeg/broken-0-high.jpg", sized(10, 0))
    # Its decoder fills what is missing with grey.
    write("jpeg/odd-too-few-blocks.jpg", sized(9000, 9000))
    write("jpeg/broken-no-tables.jpg", sound[:2] + sound[frame:])
    write("jpeg/broken-segment-of-0-bytes.jpg", b"\xff\xd8" + b"\xff\xe0\x00\x00" * 50 + b"\xff\xd9")
    write("jpeg/odd-many-scans.jpg", many_scans(2000, 250))
    orientation = b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff\xff" + b"\x01\x12\0\x03\xff\xff\xff\xff\0\x63\0\0" * 20
    damaged = b"\xff\xe1" + struct.pack(">H", len(orientation) + 2) + orientation
    write("jpeg/odd-damaged-exif.jpg", sound[:2] + damaged + sound[2:])


def many_scans(side, scans):
    """A progressive JPEG, each scan of which passes over all blocks and says nothing."""
    table = bytes(range(1, 65))
    out = b"\xff\xd8\xff\xdb" + struct.pack(">HB", 67, 0) + table
    out += b"\xff\xc2" + struct.pack(">HBHHBBBB", 11, 8, side, side, 1, 1, 0x11, 0)
    # One code of one bit: for DC a difference of 0, for AC a run of 2^14 and more blocks of zeros.
    one_code = bytes([1] + [0] * 15)
    out += b"\xff\xc4" + struct.pack(">HB", 20, 0x00) + one_code + b"\x00"
    out += b"\xff\xc4" + struct.pack(">HB", 20, 0x10) + one_code + b"\xe0"
    blocks = ((side + 7) // 8) ** 2
    out += b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0x00, 0, 0, 1 << 4 | 0)[:8] + bytes(blocks // 8 + 1)
    runs, left = "", blocks
    while left > 0:
        run = min(left, 2**15 - 1)
        runs += "0" + format(max(run - 2**14, 0), "014b")
        left -= max(run, 2**14)
    runs += "1" * (-len(runs) % 8)
    data = int(runs, 2).to_bytes(len(runs) // 8, "big").replace(b"\xff", b"\xff\0")
    for _ in range(scans):
        out += b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0x00, 1, 63, 1)[:8] + data
    return out + b"\xff\xd9"


def webps():
    for what, sound in {
        "lossy": encoded("WEBP", quality=80),
        "lossless": encoded("WEBP", lossless=True),
        "animated": encoded("WEBP", save_all=True, append_images=[picture(level=99)], lossless=True),
    }.items():
        write(f"webp/sound-{what}.webp", sound)
        for place, length in {"header": 14, "middle": len(sound) // 2, "end": len(sound) - 3}.items():
            # Only the first of several pictures counts.
            kind = "odd" if (what, place) == ("animated", "end") else "broken"
            write(f"webp/{kind}-{what}-cut-in-the-{place}.webp", sound[:length])
    lossy, lossless = encoded("WEBP", quality=80), encoded("WEBP", lossless=True)
    write("webp/broken-empty.webp", b"")
    write("webp/odd-1x1.webp", encoded("WEBP", picture(1, 1), lossless=True))
    write("webp/broken-riff-only.webp", b"RIFF\x04\0\0\0WEBP")
    write("webp/broken-lossy-0-wide.webp", lossy[:26] + b"\0\0" + lossy[28:])
    write("webp/odd-lossy-16383-square.webp", lossy[:26] + b"\xff\x3f\xff\x3f" + lossy[30:])
    write("webp/odd-lossless-16384-square.webp", lossless[:21] + b"\xff\xff\xff\x0f" + lossless[25:])
    write("webp/odd-lossless-11000-square.webp", lossless[:21] + struct.pack("<I", 10999 | 10999 << 14) + lossless[25:])
    huge = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + b"\xff\xff\xff" * 2
    write("webp/broken-canvas-of-2-to-24.webp", riff(huge + lossless[12:]))
    write("webp/odd-riff-of-4-GiB.webp", b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff" + lossless[20:])


def riff(content):
    return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content


def bmps():
    sound = encoded("BMP")
    write("bmp/sound.bmp", sound)
    write("bmp/odd-1x1.bmp", encoded("BMP", picture(1, 1)))
    cuts("bmp", "bmp", sound, 54)

    def patched(at, value, form="<i"):
        data = bytearray(sound)
        struct.pack_into(form, data, at, value)
        return bytes(data)

    write("bmp/broken-60000-square.bmp", sound[:18] + struct.pack("<ii", 60000, 60000) + sound[26:])
    write("bmp/broken-2-to-31-wide.bmp", patched(18, 2**31 - 1))
    write("bmp/broken-negative-width.bmp", patched(18, -12))
    write("bmp/broken-0-wide.bmp", patched(18, 0))
    write("bmp/odd-0-high.bmp", patched(22, 0))
    write("bmp/odd-top-down.bmp", patched(22, -10))
    write("bmp/broken-least-height.bmp", patched(22, -(2**31)))
    write("bmp/broken-pixels-beyond-the-end.bmp", patched(10, 2**32 - 1, "<I"))
    write("bmp/broken-7-bits.bmp", patched(28, 7, "<H"))
    write("bmp/broken-compression.bmp", patched(30, 99))
    write("bmp/broken-too-few-pixels.bmp", sound[:18] + struct.pack("<ii", 9000, 9000) + sound[26:])
    runs = bytearray(encoded("BMP", picture().quantize(16)))
    struct.pack_into("<ii", runs, 18, 12, 10)
    struct.pack_into("<I", runs, 30, 1)
    start = struct.unpack_from("<I", runs, 10)[0]
    write("bmp/odd-runs-beyond-the-edge.bmp", bytes(runs[:start]) + b"\xff\x01" * 40 + b"\0\x02\xff\xff" * 9 + b"\0\1")
    struct.pack_into("<I", runs, 46, 2**31 - 1)
    write("bmp/broken-palette-of-2-to-31.bmp", bytes(runs))


def gifs():
    sound = encoded("GIF")
    write("gif/sound.gif", sound)
    write("gif/odd-1x1.gif", encoded("GIF", picture(1, 1)))
    cuts("gif", "gif", sound, 13, last="odd")
    write("gif/broken-no-frame.gif", b"GIF89a\x04\0\x04\0\0\0\0;")
    frame = b",\0\0\0\0%b%b\0\x02\x02\x4c\x01\0;"
    small = struct.pack("<H", 2)
    write("gif/broken-65535-square.gif", b"GIF89a\xff\xff\xff\xff\0\0\0" + frame % (b"\xff\xff", b"\xff\xff"))
    write("gif/odd-canvas-of-11000.gif", b"GIF89a" + struct.pack("<HH", 11000, 11000) + b"\0\0\0" + frame % (small, small))
    write("gif/broken-0-wide.gif", b"GIF89a\0\0\x04\0\0\0\0" + frame % (small, small))
    write("gif/odd-frame-beyond-the-canvas.gif", sound.replace(b",\0\0\0\0", b",\xff\xff\xff\xff", 1))
    write("gif/broken-frame-of-0-pixels.gif", b"GIF89a\x04\0\x04\0\0\0\0" + frame % (b"\0\0", b"\0\0"))
    write("gif/broken-no-palette.gif", b"GIF89a\x02\0\x02\0\0\0\0" + frame % (small, small))


# MATLAB, level 5.


def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(name, dimensions, data, kind=2, mx=9):
    flags = element(6, struct.pack("<II", mx, 0))
    shape = element(5, struct.pack(f"<{len(dimensions)}i", *dimensions))
    return element(14, flags + shape + element(1, name) + element(kind, data))


def mat(*elements):
    return b"MATLAB 5.0 MAT-file, made up".ljust(124) + b"\x00\x01IM" + b"".join(elements)


def packed(inner, damage=0):
    data = zlib.compress(inner, 9)
    return struct.pack("<II", 15, len(data)) + data[: len(data) - damage] + bytes(damage)


def mats():
    pixels = bytes(i * 7 % 256 for i in range(4 * 4 * 3 * 3))
    x, y = matrix(b"X", [4, 4, 3, 3], pixels), matrix(b"y", [3, 1], bytes([1, 10, 3]))
    sound = mat(x, y)
    write("mat/sound.mat", sound)
    write("mat/sound-packed.mat", mat(packed(x), packed(y)))
    cuts("mat", "mat", mat(y, x), 128)
    cuts("mat", "packed.mat", mat(packed(y), packed(x)), 136, last="odd")
    write("mat/broken-no-elements.mat", mat())
    write("mat/broken-hdf5.mat", b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(384) + b"\x89HDF\r\n\x1a\n" + bytes(64))
    write("mat/broken-text.mat", b"not a MAT-file\n" * 20)
    for what, shape in {
        "60000-square": [60000, 60000, 3, 3],
        "all-2-to-31": [2**31 - 1] * 4,
        "negative": [-4, 4, 3, 3],
        "0-images": [4, 4, 3, 0],
        "0-wide": [4, 0, 3, 3],
        "7-channels": [4, 4, 7, 3],
        "one-dimension": [144],
        "no-dimension": [],
        "500-dimensions": [1] * 500,
        "overflow": [65536, 65536, 65536, 65536],
    }.items():
        write(f"mat/broken-{what}.mat", mat(matrix(b"X", shape, pixels), y))
    write("mat/broken-no-X.mat", mat(y))
    write("mat/odd-no-y.mat", mat(x))
    write("mat/broken-2-labels.mat", mat(x, matrix(b"y", [2, 1], bytes([1, 2]))))
    write("mat/broken-labels-declared-only.mat", mat(x, matrix(b"y", [2**31 - 1, 1], bytes([1, 2, 3]))))
    doubles = struct.pack("<3d", 1.0, float("nan"), float("inf"))
    write("mat/odd-labels-not-numbers.mat", mat(x, matrix(b"y", [3, 1], doubles, kind=9, mx=6)))
    write("mat/odd-label-out-of-range.mat", mat(x, matrix(b"y", [3, 1], bytes([1, 255, 0]))))
    write("mat/broken-X-of-doubles.mat", mat(matrix(b"X", [4, 4, 3, 3], struct.pack("<144d", *[float("nan")] * 144), 9, 6), y))
    for what, mx in {"cell": 1, "struct": 2, "object": 3, "sparse": 5, "opaque": 17}.items():
        write(f"mat/broken-{what}.mat", mat(matrix(b"X", [4, 4, 3, 3], pixels, mx=mx), y))
    write("mat/broken-element-of-4-GiB.mat", mat(struct.pack("<II", 14, 2**32 - 1) + x[8:], y))
    write("mat/broken-inner-element-of-4-GiB.mat", mat(x[:56] + struct.pack("<II", 2, 2**32 - 1) + x[64:], y))
    write("mat/broken-element-of-0-bytes.mat", mat(struct.pack("<II", 14, 0) * 300))
    write("mat/broken-unknown-element.mat", mat(struct.pack("<II", 255, 16) + bytes(16), y))
    nested = x
    for _ in range(60):
        nested = packed(nested)
    write("mat/broken-packed-60-times.mat", mat(nested, y))
    write("mat/broken-packed-checksum.mat", mat(packed(x, 4), packed(y)))
    write("mat/broken-packed-not-zlib.mat", mat(struct.pack("<II", 15, 32) + b"x" * 32))
    longname = matrix(b"X" * 60000, [4, 4, 3, 3], pixels)
    write("mat/broken-long-name.mat", mat(packed(longname), y))


# IDX, as of MNIST.


def idx(shape, data, kind=8):
    return struct.pack(">HBB", 0, kind, len(shape)) + struct.pack(f">{len(shape)}I", *shape) + data


def idxs():
    pixels = bytes(range(4 * 16))
    images, labels = idx([4, 4, 4], pixels), idx([4], bytes([1, 2, 3, 9]))
    names = {"idx": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", bytes)}
    names["idx-gz"] = (names["idx"][0] + ".gz", names["idx"][1] + ".gz", lambda data: gzip.compress(data, mtime=0))
    for name, (own, beside, pack) in names.items():
        sound, sidecars = pack(images), {beside: pack(labels)}
        put(name, "sound", own, sound, sidecars)
        cuts(name, own, sound, 16 if name == "idx" else 10, sidecars)
        for what, shape in {
            "60000-square": [4, 60000, 60000],
            "all-largest": [2**32 - 1] * 3,
            "0-images": [0, 4, 4],
            "0-wide": [4, 4, 0],
            "more-images-than-there-are": [60000, 4, 4],
            "7-channels": [4, 2, 2, 7],
            "2-dimensions": [4, 16],
            "255-dimensions": [1] * 255,
        }.items():
            put(name, f"broken-{what}", own, pack(idx(shape, pixels)), sidecars)
        put(name, "broken-floats", own, pack(idx([4, 2, 2], pixels, kind=0x0D)), sidecars)
        put(name, "broken-magic", own, pack(b"\x12\x34" + images[2:]), sidecars)
        put(name, "broken-text", own, b"not an IDX file\n" * 5, sidecars)
        put(name, "odd-bytes-after-the-end", own, pack(images + b"more"), sidecars)
        put(name, "broken-2-labels", own, sound, {beside: pack(idx([2], b"\1\2"))})
        put(name, "broken-labels-cut", own, sound, {beside: pack(labels[:10])})
        put(name, "broken-labels-empty", own, sound, {beside: b""})
        put(name, "broken-labels-declared-only", own, sound, {beside: pack(idx([2**32 - 1], b"\1\2\3\4"))})
        put(name, "odd-no-labels", own, sound, {})
    own, beside, pack = names["idx-gz"]
    sound, sidecars = pack(images), {beside: pack(labels)}
    put("idx-gz", "broken-checksum", own, sound[:-6] + b"\0\0" + sound[-4:], sidecars)
    put("idx-gz", "odd-garbage-after-the-end", own, sound + b"garbage", sidecars)
    put("idx-gz", "broken-declares-4-GiB", own, sound[:-4] + b"\xff\xff\xff\xff", sidecars)
    put("idx-gz", "odd-in-two-members", own, pack(images[:30]) + pack(images[30:]), sidecars)


# CIFAR, binary version.


def cifars():
    def record(label, value):
        return bytes([label]) + bytes([value]) * 3072

    sound = record(3, 60) + record(9, 200)
    names = {"batches.meta.txt": "\n".join(["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]).encode()}
    put("cifar", "sound", "data_batch_1.bin", sound, names)
    cuts("cifar", "data_batch_1.bin", sound, 2, names)
    put("cifar", "broken-label", "data_batch_1.bin", record(3, 60) + record(255, 1), names)
    put("cifar", "broken-text", "data_batch_1.bin", b"not CIFAR\n" * 10, names)
    put("cifar", "odd-names-not-utf-8", "data_batch_1.bin", sound, {"batches.meta.txt": b"\xff\xfe\x00name\n" * 20})
    put("cifar", "odd-names-empty", "data_batch_1.bin", sound, {"batches.meta.txt": b""})
    put("cifar", "broken-python-version", "data_batch_1", PICKLE, {"batches.meta": PICKLE})
    put("cifar", "broken-100-cut", "train.bin", b"\1\2" + bytes(3000), {"fine_label_names.txt": b"apple\nbear\n"})


# NumPy. This pickle would make a file if it were loaded.
PICKLE = b"cposix\nsystem\n(S'touch " + MARKER.encode() + b"'\ntR."


def npy(header, data, version=1):
    text = header.encode("latin1")
    if version == 1:
        text += b" " * (-(len(text) + 11) % 64) + b"\n"
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data
    text += b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<I", len(text)) + text + data


def described(shape, kind="|u1", fortran=False):
    return f"{{'descr': {kind!r}, 'fortran_order': {fortran}, 'shape': {shape}, }}"


def npy_cases():
    """Bytes of arrays by what they are, broken and odd ones."""
    pixels = bytes(range(48))
    cases = {f"broken-shape-{what}": npy(described(shape), pixels) for what, shape in {
        "60000-square": "(60000, 60000, 60000)",
        "2-to-64": "(18446744073709551616, 4, 4)",
        "overflow": "(4294967296, 4294967296, 4)",
        "negative": "(-3, 4, 4)",
        "none": "()",
        "no-images": "(0, 4, 4)",
        "0-wide": "(3, 0, 4)",
        "fraction": "(3.5, 4, 4)",
        "text": "'three'",
        "of-1000": "(" + "1, " * 1000 + ")",
        "one-more": "(4, 4, 4)",
        "flat": "(48,)",
    }.items()}
    for what, kind in {"unicode": "<U4", "bytes": "|S4", "void": "|V4", "complex": "<c8", "date": "<M8[s]", "nothing": "", "u99": "<u99", "u0": "|u0"}.items():
        cases[f"broken-type-{what}"] = npy(described("(3, 2, 2)", kind), pixels)
    cases["broken-type-structured"] = npy("{'descr': [('r', '|u1'), ('g', '|u1')], 'fortran_order': False, 'shape': (3, 2, 4), }", pixels)
    cases["broken-objects"] = npy(described("(3, 4, 4)", "|O"), PICKLE)
    cases["broken-pickle"] = PICKLE
    cases["broken-header-code"] = npy(f"__import__('os').system('touch {MARKER}') or " + described("(3, 4, 4)"), pixels)
    cases["broken-header-twice"] = npy("{'shape': (3, 4, 4), 'shape': (9, 4, 4), 'descr': '|u1'}", pixels)
    cases["broken-header-empty"] = npy("", pixels)
    cases["broken-header-no-text"] = npy("\xff\xfe\x00\x01", pixels)
    cases["broken-header-deep"] = npy("(" * 4000, pixels, version=2)
    cases["broken-header-of-4-GiB"] = b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b"{" * 40
    cases["broken-version"] = b"\x93NUMPY\x09\x09" + npy(described("(3, 4, 4)"), pixels)[8:]
    cases["broken-text"] = b"not an array\n" * 5
    floats = [0.0, 0.5, 1.0, 0.25] * 12
    not_numbers = floats[:5] + [float("nan")] + floats[6:20] + [float("inf"), float("-inf")] + floats[22:]
    cases["broken-not-numbers"] = npy(described("(3, 4, 4)", "<f4"), struct.pack("<48f", *not_numbers))
    cases["broken-all-not-numbers"] = npy(described("(3, 4, 4)", "<f8"), struct.pack("<48d", *[float("nan")] * 48))
    cases["broken-beyond-255"] = npy(described("(3, 4, 4)", "<i8"), struct.pack("<48q", *[2**40] * 48))
    cases["broken-floats-of-1e38"] = npy(described("(3, 4, 4)", "<f4"), struct.pack("<48f", *[1e38] * 48))
    cases["odd-float16-not-numbers"] = npy(described("(3, 4, 4)", "<f2"), b"\x00\x7c" * 48)
    cases["odd-bytes-after-the-end"] = npy(described("(2, 4, 4)"), pixels)
    cases["odd-1x1"] = npy(described("(3, 1, 1, 1)"), pixels[:3])
    return cases


def numpys():
    pixels = bytes(range(48))
    sound = npy(described("(3, 4, 4)"), pixels)
    write("npy/sound.npy", sound)
    write("npy/sound-fortran.npy", npy(described("(3, 4, 4)", fortran=True), pixels))
    cuts("npy", "npy", sound, 128)
    labels = npy(described("(3,)", "<i8"), struct.pack("<3q", 1, 2, 0))

    def npz(**arrays):
        return zipped([(f"{name}.npy", data) for name, data in arrays.items()])

    whole = npz(images=sound, labels=labels)
    write("npz/sound.npz", whole)
    write("npz/sound-packed.npz", zipped([("images.npy", sound)], method=zipfile.ZIP_DEFLATED))
    cuts("npz", "npz", whole, 40)
    for what, data in npy_cases().items():
        write(f"npy/{what}.npy", data)
        if "deep" not in what and "of-1000" not in what:
            write(f"npz/{what}.npz", npz(images=data))
    write("npz/broken-header-deep.npz", zipped([("images.npy", npy("(" * 60000, b"", 2))], method=zipfile.ZIP_DEFLATED))
    write("npz/broken-labels-pickled.npz", npz(images=sound, labels=npy(described("(3,)", "|O"), PICKLE)))
    write("npz/broken-2-labels.npz", npz(images=sound, labels=npy(described("(2,)"), b"\1\2")))
    write("npz/odd-labels-not-numbers.npz", npz(images=sound, labels=npy(described("(3,)", "<f8"), struct.pack("<3d", float("nan"), 1e300, -5))))
    write("npz/odd-labels-negative.npz", npz(images=sound, labels=npy(described("(3,)", "<i8"), struct.pack("<3q", -1, 2**62, -(2**63)))))
    write("npz/broken-no-arrays.npz", zipped([]))
    write("npz/broken-no-array-inside.npz", zipped([("readme.txt", b"nothing here")]))
    write("npz/odd-name-upwards.npz", zipped([("../../outside.npy", sound)]))
    write("npz/broken-packed-short.npz", shortened(whole))


# Zip.


def zipped(members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(info(name, method), data)
    return out.getvalue()


def info(name, method=zipfile.ZIP_STORED, mode=0o100644):
    entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    entry.compress_type, entry.create_system, entry.external_attr = method, 3, mode << 16
    return entry


def shortened(archive):
    """The archive with twenty bytes less in it than its table of contents says."""
    return archive[:100] + archive[120:]


def patched_directory(archive, at, form, value):
    """The archive with a field of each entry of its table of contents overwritten."""
    data, place = bytearray(archive), archive.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into(form, data, place + at, value)
        place = archive.find(b"PK\x01\x02", place + 4)
    return bytes(data)


def zips():
    one, two = encoded("PNG", picture(6, 6)), encoded("PNG", picture(6, 6, 90))
    sound = zipped([("a/one.png", one), ("b/two.png", two)])
    write("zip/sound.zip", sound)
    write("zip/sound-packed.zip", zipped([("a/one.png", one), ("b/two.png", two)], zipfile.ZIP_DEFLATED))
    cuts("zip", "zip", sound, 30)
    write("zip/broken-no-members.zip", zipped([]))
    write("zip/broken-text.zip", b"not a zip archive\n" * 9)
    write("zip/broken-shortened.zip", shortened(sound))
    write("zip/odd-text-before.zip", b"#!/bin/sh\nexit\n" + sound)
    for what, name in {
        "upwards": "../../outside.png", "absolute": "/etc/outside.png", "windows": "C:\\outside.png", "back-slashes": "..\\..\\outside.png",
        "nul": "a\\x00b.png", "long": "d/" * 600 + "x.png", "dots": "./a/./b/../c.png",
    }.items():
        write(f"zip/odd-name-{what}.zip", zipped([(name, one), ("good.png", two)]))
    write("zip/odd-name-not-utf-8.zip", zipped([("axxb.png", one)]).replace(b"axxb.png", b"a\xff\xfeb.png"))
    write("zip/odd-name-twice.zip", renamed(zipped([("aa.png", one), ("bb.png", two)]), b"bb.png", b"aa.png"))
    links = io.BytesIO()
    with zipfile.ZipFile(links, "w") as archive:
        archive.writestr(info("link.png", mode=0o120777), "../../outside.png")
        archive.writestr(info("passwords.png", mode=0o120777), "/etc/passwd")
        archive.writestr(info("fifo.png", mode=0o010644), "")
        archive.writestr(info("device.png", mode=0o020644), "")
    write("zip/broken-links.zip", links.getvalue())
    write("zip/broken-encrypted.zip", patched_directory(sound.replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0"), 8, "<H", 1))
    write("zip/broken-method.zip", patched_directory(sound, 10, "<H", 99))
    write("zip/broken-sizes-of-4-GiB.zip", patched_directory(sound, 24, "<I", 2**32 - 2))
    write("zip/broken-packed-sizes-of-4-GiB.zip", patched_directory(sound, 20, "<I", 2**32 - 2))
    write("zip/broken-places-beyond-the-end.zip", patched_directory(sound, 42, "<I", 2**31))
    write("zip/broken-checksum.zip", sound.replace(one[50:60], bytes(10), 1))
    end = sound.rindex(b"PK\x05\x06")
    write("zip/broken-65535-members.zip", sound[:end + 8] + b"\xff\xff\xff\xff" + sound[end + 12:])
    write("zip/odd-directory-of-4-GiB.zip", sound[:end + 12] + b"\xfe\xff\xff\xff" + sound[end + 16:])
    far = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 2**63, 2**63, 2**40, 2**62)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    last = b"PK\x05\x06" + b"\0" * 4 + b"\xff" * 12 + b"\0\0"
    write("zip/broken-zip64-of-2-to-63-members.zip", sound[:end] + far + locator + last)
    write("zip/broken-overlapping.zip", overlapping(120))
    inner = sound
    for _ in range(20):
        inner = zipped([("inner.zip", inner)])
    write("zip/broken-nested.zip", inner)


def renamed(archive, old, new):
    return archive.replace(old, new)


def overlapping(count):
    """Many members that are all one stretch of eight million zeros."""
    data = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(8_000_000)
    deflated = data.compress(zeros) + data.flush()
    fields = struct.pack("<HHHIIIHH", 8, 0, 33, zlib.crc32(zeros), len(deflated), len(zeros), 8, 0)
    local = b"PK\x03\x04\x14\0\0\0" + fields + b"0000.png" + deflated
    directory = b""
    for number in range(count):
        directory += b"PK\x01\x02\x14\x03\x14\0\0\0" + fields + bytes(14) + b"%04d.png" % number
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(local), 0)
    return local + directory + end


# Tar.


def member(name, data=b"", kind=tarfile.REGTYPE, link=""):
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = len(data), kind, link
    return entry, data


def tarred(*members, form=tarfile.GNU_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for entry, data in members:
            archive.addfile(entry, io.BytesIO(data))
    # The end is two blocks of zeros; the padding to twenty is left off to keep the corpus small.
    return out.getvalue().rstrip(b"\0").ljust(-(-len(out.getvalue().rstrip(b"\0")) // 512) * 512, b"\0") + bytes(1024)


def resummed(header):
    """A header with the right checksum."""
    blank = header[:148] + b" " * 8 + header[156:512]
    return header[:148] + b"%06o\0 " % sum(blank) + header[156:]


def tars():
    one, two = encoded("PNG", picture(6, 6)), encoded("PNG", picture(6, 6, 90))
    sound = tarred(member("a/one.png", one), member("b/two.png", two))
    gz = lambda data: gzip.compress(data, mtime=0)
    write("tar/sound.tar", sound)
    cuts("tar", "tar", sound[:-1024], 512)
    write("tar/odd-no-end.tar", sound[:-1024])
    write("tar-gz/sound.tar.gz", gz(sound))
    write("tar-gz/sound-packed-plainly.tar.gz", gz(tarred(member("one.png", one))))
    cuts("tar-gz", "tar.gz", gz(sound), 10)
    cases = {
        "broken-no-members": bytes(1024),
        "broken-text": b"not a tar archive\n" * 60,
        "broken-checksum": sound[:10] + b"x" + sound[11:],
        "broken-second-checksum": sound[:1024] + b"x" + sound[1025:],
        "broken-size-of-8-GiB": resummed(sound[:124] + b"77777777777\0" + sound[136:]),
        "broken-size-of-2-to-62": resummed(sound[:124] + b"\x80\0\0\0" + struct.pack(">Q", 2**62) + sound[136:]),
        "broken-size-negative": resummed(sound[:124] + b"\xff" * 12 + sound[136:]),
        "broken-size-text": resummed(sound[:124] + b"many bytes!\0" + sound[136:]),
        "odd-name-upwards": tarred(member("../../outside.png", one), member("good.png", two)),
        "odd-name-absolute": tarred(member("/etc/outside.png", one), member("good.png", two)),
        "odd-name-not-utf-8": resummed(sound[:0] + b"a/\xff\xfe.png" + sound[8:]),
        "odd-name-twice": tarred(member("a.png", one), member("a.png", two)),
        "odd-name-long": tarred(member("d/" * 600 + "x.png", one)),
        "odd-name-empty": tarred(member("", one), member("good.png", two)),
        "broken-links": tarred(
            member("link.png", kind=tarfile.SYMTYPE, link="../../outside.png"),
            member("hard.png", kind=tarfile.LNKTYPE, link="/etc/passwd"),
            member("fifo.png", kind=tarfile.FIFOTYPE),
            member("device.png", kind=tarfile.CHRTYPE),
            member("block.png", kind=tarfile.BLKTYPE),
        ),
        "broken-name-of-8-GiB": long_name(b"77777777777\0") + sound,
        "broken-name-cut": long_name(b"00000002000\0"),
        "broken-only-a-name": long_name(b"00000000010\0") + b"abc".ljust(512, b"\0"),
        "broken-unknown-kind": resummed(sound[:156] + b"Z" + sound[157:1024]) + bytes(1024),
        "broken-sparse": resummed(sound[:156] + b"S" + sound[157:1024]) + bytes(1024),
        "broken-nested": tarred(member("inner.tar", sound)),
        "odd-label-not-a-number": tarred(member("s1.png", one), member("s1.cls", b"many"), member("s2.png", two), member("s2.cls", b"-1")),
        "odd-label-huge": tarred(member("s1.png", one), member("s1.cls", b"9" * 400), member("s2.png", two), member("s2.cls", b"4294967296")),
        "odd-json-deep": tarred(member("s1.png", one), member("s1.json", b'{"label":' + b"[" * 5000)),
        "odd-json-not-utf-8": tarred(member("s1.png", one), member("s1.json", b'\xff{"label": 1}\0')),
        "odd-sample-without-picture": tarred(member("s1.cls", b"1"), member("s2.png", one), member("s2.cls", b"1")),
        "odd-sample-of-two-pictures": tarred(member("s1.png", one), member("s1.jpg", encoded("JPEG")), member("s1.cls", b"1")),
    }
    for what, records in {
        "upwards": [("path", "../../outside.png")],
        "size": [("size", "99999999999999999999")],
        "negative-size": [("size", "-5")],
    }.items():
        text = b"".join(pax(*record) for record in records)
        header = resummed(tarred(member("x"))[:124] + b"%011o\0" % len(text) + tarred(member("x"))[136:156] + b"x" + tarred(member("x"))[157:512])
        cases[f"odd-pax-{what}"] = header + text.ljust(512, b"\0") + sound
    text = b"99999999999 path=x\n"
    cases["odd-pax-record-too-long"] = header[:124] + b"%011o\0" % len(text) + header[136:512]
    cases["odd-pax-record-too-long"] = resummed(cases["odd-pax-record-too-long"]) + text.ljust(512, b"\0") + sound
    # Packed, most of them are a tenth as large. Those that a reader may leap over are there as they are, too.
    for what, data in cases.items():
        write(f"tar-gz/{what}.tar.gz", gz(data))
        if "size" in what or "checksum" in what or what in ("broken-links", "odd-name-upwards", "broken-name-of-8-GiB"):
            write(f"tar/{what}.tar", data)
    write("tar-gz/broken-checksum-of-gzip.tar.gz", gz(sound)[:-6] + b"\0\0" + gz(sound)[-4:])
    write("tar-gz/odd-garbage-after-the-end.tar.gz", gz(sound) + b"garbage")
    write("tar-gz/odd-not-packed.tar.gz", sound[:1536] + bytes(1024))
    write("tar-gz/broken-packed-twice.tar.gz", gz(gz(sound)))
    write("tar-gz/broken-text.tar.gz", b"not an archive\n" * 9)


def long_name(size):
    header = bytearray(tarred(member("././@LongLink", kind=tarfile.REGTYPE))[:512])
    header[124:136], header[156:157] = size, b"L"
    return resummed(bytes(header))


def pax(key, value):
    rest = f" {key}={value}\n".encode()
    length = len(rest) + 2
    return b"%d" % length + rest


# Parquet.


def parquets():
    import pyarrow
    import pyarrow.parquet

    pictures = [encoded("PNG", picture(6, 6, level)) for level in (0, 70)]

    def stored(pictures, labels=(1, 2), paths=("one.png", "two.png"), **options):
        column = [{"bytes": data, "path": path} for data, path in zip(pictures, paths)]
        kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
        table = pyarrow.table({"image": pyarrow.array(column, kind), "label": pyarrow.array(labels)})
        out = io.BytesIO()
        options = {"compression": "none", "store_schema": False} | options
        pyarrow.parquet.write_table(table, out, **options)
        return out.getvalue()

    sound = stored(pictures)
    write("parquet/sound.parquet", sound)
    write("parquet/sound-snappy.parquet", stored(pictures, compression="snappy"))
    cuts("parquet", "parquet", sound, 4)
    write("parquet/broken-text.parquet", b"not parquet\n" * 9)
    write("parquet/broken-magic-only.parquet", b"PAR1PAR1")
    write("parquet/broken-footer-of-4-GiB.parquet", sound[:-8] + b"\xff\xff\xff\xffPAR1")
    write("parquet/broken-footer-longer-than-the-file.parquet", sound[:-8] + struct.pack("<I", len(sound) + 9) + b"PAR1")
    write("parquet/broken-footer-of-0-bytes.parquet", sound[:-8] + bytes(4) + b"PAR1")
    garbage = bytes(i * 37 % 256 for i in range(400))
    write("parquet/broken-footer-garbage.parquet", b"PAR1" + garbage + struct.pack("<I", 400) + b"PAR1")
    deep = b"\x1c" * 8000
    write("parquet/broken-footer-deep.parquet", b"PAR1" + deep + struct.pack("<I", len(deep)) + b"PAR1")
    lists = b"\x15\x02\x19\xfc\xff\xff\xff\xff\x07"
    write("parquet/broken-footer-list-of-2-to-31.parquet", b"PAR1" + lists + struct.pack("<I", len(lists)) + b"PAR1")
    footer = struct.unpack("<I", sound[-8:-4])[0]
    for number in range(12):
        at = len(sound) - 8 - footer + footer * number // 12
        write(f"parquet/odd-footer-flipped-{number:02}.parquet", sound[:at] + bytes([sound[at] ^ 0xFF]) + sound[at + 1 :])
    for number in range(6):
        data = bytearray(sound)
        data[4 + number] ^= 0x7F
        write(f"parquet/odd-page-flipped-{number}.parquet", bytes(data))
    size = sound.index(b"\x15", 4)
    write("parquet/broken-page-of-2-GiB.parquet", sound[: size + 2] + b"\x15\xfe\xff\xff\xff\x0f\x15\xfe\xff\xff\xff\x0f" + sound[size + 14 :])
    write("parquet/broken-zstd.parquet", stored(pictures, compression="zstd"))
    write("parquet/broken-brotli.parquet", stored(pictures, compression="brotli"))
    write("parquet/broken-one-picture.parquet", stored([pictures[0], b"no picture"]))
    write("parquet/broken-null.parquet", stored([pictures[0], None]))
    write("parquet/outside-path.parquet", stored([None, None], paths=("../outside.png", str("/etc/passwd"))))
    write("parquet/odd-labels-text.parquet", stored(pictures, ("a", "b")))
    write("parquet/odd-labels-negative.parquet", stored(pictures, (-1, 2**62)))
    write("parquet/odd-labels-not-numbers.parquet", stored(pictures, (float("nan"), 1e300)))
    table = pyarrow.table({"text": ["a", "b"], "label": [1, 2]})
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out, compression="none", store_schema=False)
    write("parquet/broken-no-image-column.parquet", out.getvalue())
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"image": pyarrow.array([], pyarrow.binary())}), out, store_schema=False)
    write("parquet/broken-no-rows.parquet", out.getvalue())


# Folders with lists.


def tables():
    one, two = encoded("PNG", picture(6, 6)), encoded("PNG", picture(6, 6, 90))
    folder = {"a.png": one, "b.png": two}
    put("labels-csv", "sound", "labels.csv", b"name,label\na.png,cat\nb.png,dog\n", folder)
    cases = {
        "odd-empty": b"",
        "odd-header-only": b"name,label\n",
        "odd-not-utf-8": b"name,label\na.png,\xff\xfe\nb.png,dog\n",
        "odd-nul": b"name,label\na.png\0,cat\0\nb.png,dog\n",
        "odd-utf-16": "name,label\na.png,cat\n".encode("utf-16"),
        "odd-quote-open": b'name,label\n"a.png,cat\nb.png,dog\n',
        "odd-no-header": b"a.png,1\nb.png,2\n",
        "odd-one-column": b"name\na.png\nb.png\n",
        "odd-1500-columns": b"name,label" + b"," * 1500 + b"\na.png,cat" + b"," * 1500 + b"\n",
        "odd-label-huge": b"name,label\na.png,4294967296\nb.png,99999999999999999999\n",
        "odd-label-negative": b"name,label\na.png,-1\nb.png,-9\n",
        "odd-twice": b"name,label\na.png,1\na.png,2\nb.png,1\n",
        "odd-unknown-names": b"name,label\nx.png,1\ny.png,2\n",
        "odd-binary": bytes(range(256)) * 4,
        "outside-upwards": b"name,label\n../../outside.png,1\n../outside.png,2\n",
        "outside-absolute": b"name,label\n/etc/outside.png,1\n/etc/passwd,2\n",
        "odd-ends-of-lines": b"name,label\ra.png,cat\r\n\r\r\nb.png,dog\n\r",
    }
    for what, text in cases.items():
        put("labels-csv", what, "labels.csv", text, folder)


def celebas():
    grey = [picture(9, 11, 20 * n).convert("L") for n in (1, 2, 3)]
    faces = {f"img_align_celeba/{n:06}.jpg": encoded("JPEG", face, optimize=True) for n, face in enumerate(grey, 1)}
    names = [f"{n:06}.jpg" for n in (1, 2, 3)]
    partition = "".join(f"{name} {part}\n" for name, part in zip(names, (0, 1, 2))).encode()
    attributes = b"3\nBald Male Smiling\n" + "".join(f"{name} -1  1 -1\n" for name in names).encode()
    identity = "".join(f"{name} {n}\n" for n, name in enumerate(names)).encode()
    whole = {"list_eval_partition.txt": partition, "list_attr_celeba.txt": attributes, "identity_CelebA.txt": identity}

    def celeba(what, **changed):
        files = faces | whole
        renames = {"partition": "list_eval_partition.txt", "attributes": "list_attr_celeba.txt", "identity": "identity_CelebA.txt"}
        for key, value in changed.items():
            files[renames[key]] = value
        for name, data in files.items():
            if data is not None:
                write(f"celeba/{what}/{name}", data)

    celeba("sound")
    for key, text in {"partition": partition, "attributes": attributes, "identity": identity}.items():
        celeba(f"odd-{key}-missing", **{key: None})
        celeba(f"odd-{key}-empty", **{key: b""})
        celeba(f"odd-{key}-cut", **{key: text[: len(text) // 2 + 3]})
        celeba(f"odd-{key}-not-utf-8", **{key: text.replace(b"000002", b"\xff\xfe0\x0002")})
    celeba("odd-partition-9", partition=partition.replace(b" 2", b" 9"))
    celeba("odd-partition-huge", partition=partition.replace(b" 2", b" 99999999999999999999"))
    celeba("odd-partition-of-missing-faces", partition=partition + b"000009.jpg 0\n")
    celeba("odd-attributes-count", attributes=b"4294967295" + attributes[1:])
    celeba("odd-attributes-few-columns", attributes=attributes.replace(b"-1  1 -1", b"-1", 1))
    celeba("odd-attributes-7", attributes=attributes.replace(b" 1 ", b" 7 "))
    celeba("odd-identity-huge", identity=identity.replace(b" 2", b" 4294967296"))
    celeba("outside-partition", partition=b"../../outside.png 0\n../../../outside.png 0\n/etc/passwd 1\n")


def places():
    pictures = {name: encoded("PNG", picture(3, 3)) for name in ("a/abbey/one.jpg", "b/bar/two.jpg")}
    sound = b"a/abbey/one.jpg 0\nb/bar/two.jpg 1\n"

    def place(what, text, name="train_places205.csv"):
        put("places", what, name, text, pictures)

    place("sound", sound)
    for what, text in {
        "broken-empty": b"",
        "broken-missing-pictures": b"c/none.jpg 0\n" + sound,
        "odd-no-labels": b"a/abbey/one.jpg\nb/bar/two.jpg\n",
        "odd-label-huge": b"a/abbey/one.jpg 4294967296\nb/bar/two.jpg 99999999999999999999999\n",
        "odd-label-negative": b"a/abbey/one.jpg -1\nb/bar/two.jpg -2\n",
        "odd-label-text": b"a/abbey/one.jpg abbey\nb/bar/two.jpg bar\n",
        "odd-not-utf-8": b"a/\xff\xfe.jpg 0\n" + sound,
        "odd-nul": b"a/abbey\0/one.jpg 0\n" + sound,
        "odd-binary": bytes(range(256)) * 4,
        "odd-twice": sound + sound,
        "odd-cut": sound[:-9],
        "broken-folder-named": b"a/abbey 0\na 0\n. 1\n" + sound,
        "outside-upwards": b"../../outside.png 0\n../../../data_hostile/outside.png 1\n",
        "outside-absolute": b"/etc/passwd 0\n/outside.png 1\n",
        "outside-through-a-folder": b"a/../../../outside.png 0\na/abbey/../../../../outside.png 1\n",
    }.items():
        place(what, text)


def main():
    for old in HERE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    write("outside.png", encoded("PNG", picture(7, 7, 200)))
    for make in (pngs, jpegs, webps, bmps, gifs, mats, idxs, cifars, numpys, zips, tars, parquets, tables, celebas, places):
        make()


main()
