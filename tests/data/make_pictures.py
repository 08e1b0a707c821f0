#!/usr/bin/env python3
"""Writes tests/data/pictures/: pictures by Pillow and ImageMagick, and their pixels as those programs read them.

expected.bin holds the pixels, 8-bit [height, width, 3], one picture after the other; expected.json names them. Needs
numpy, Pillow and ImageMagick's `convert`.
"""

import json
import subprocess
from pathlib import Path

import numpy
from PIL import Image, ImageOps

HERE = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 28, 20


def smooth(seed, width=WIDTH, height=HEIGHT):
    """Waves, edges, two blocks of plain colour and a little noise, [height, width, 3], so that rows, columns and channels all differ."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width]
    planes = []
    for _ in range(3):
        a, b, c = random.uniform(0.05, 0.35, 3)
        wave = 127 + 90 * numpy.sin(a * x + 3 * c) * numpy.cos(b * y) + 30 * (x > width * c * 2)
        planes.append(wave)
    picture = numpy.stack(planes, -1)
    picture[9:15, 5:12] = (215, 25, 40)
    picture[11:18, 17:24] = (20, 60, 225)
    return numpy.clip(picture + random.uniform(-5, 5, picture.shape), 0, 255)


def colour(seed):
    return Image.fromarray(smooth(seed).round().astype(numpy.uint8), "RGB")


def layered(seed):
    alpha = smooth(seed + 50)[..., :1].copy()
    alpha[:4, :6] = 0
    alpha[-4:, -6:] = 255
    return Image.fromarray(numpy.concatenate([smooth(seed), alpha], -1).round().astype(numpy.uint8), "RGBA")


def by_pillow():
    """Files and what they are saved with."""
    grey, rgb, rgba = colour(1).convert("L"), colour(2), layered(3)
    palette = rgb.quantize(37, method=Image.Quantize.FASTOCTREE)
    keyed = colour(4).quantize(20, method=Image.Quantize.FASTOCTREE)
    two = Image.fromarray((smooth(6)[..., 0] > 120).astype(numpy.uint8) * 255).convert("1")
    grey.save(HERE / "grey.png")
    rgba.convert("LA").save(HERE / "grey-alpha.png")
    palette.save(HERE / "palette.png")
    keyed.save(HERE / "palette-transparent.png", transparency=bytes([0, 90, 255, 128]))
    rgb.quantize(4, method=Image.Quantize.FASTOCTREE).save(HERE / "palette-2-bit.png", bits=2)
    rgb.save(HERE / "rgb.png")
    flat = numpy.array(rgb)
    flat[3:9, 4:12] = (10, 200, 30)
    Image.fromarray(flat).save(HERE / "rgb-one-colour-transparent.png", transparency=(10, 200, 30))
    rgba.save(HERE / "rgba.png")
    two.save(HERE / "1-bit.png")
    grey.save(HERE / "grey.jpg", quality=90)
    rgb.save(HERE / "rgb-444.jpg", quality=92, subsampling="4:4:4")
    rgb.save(HERE / "rgb-422.jpg", quality=92, subsampling="4:2:2")
    rgb.save(HERE / "rgb-420.jpg", quality=92, subsampling="4:2:0")
    rgb.save(HERE / "progressive.jpg", quality=92, subsampling="4:2:0", progressive=True)
    rgb.save(HERE / "restarts.jpg", quality=92, subsampling="4:4:4", restart_marker_blocks=1)
    rgb.save(HERE / "not-ycc.jpg", quality=92, subsampling="4:4:4", keep_rgb=True)
    rgb.convert("CMYK").save(HERE / "cmyk-adobe.jpg", quality=95)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        colour(10).save(HERE / f"turned-{orientation}.jpg", quality=92, subsampling="4:4:4", exif=exif)
    exif[0x0112] = 6
    rgb.save(HERE / "turned-6.png", exif=exif)
    rgb.save(HERE / "turned-6.webp", lossless=True, exif=exif)
    rgb.save(HERE / "lossy.webp", quality=90)
    rgba.save(HERE / "lossy-alpha.webp", quality=90)
    rgb.save(HERE / "lossless.webp", lossless=True)
    rgba.save(HERE / "lossless-alpha.webp", lossless=True, exact=True)
    frames = [colour(seed) for seed in (20, 21, 22)]
    frames[0].save(HERE / "animated.webp", save_all=True, append_images=frames[1:], duration=50, lossless=True)
    frames[0].save(HERE / "animated.png", save_all=True, append_images=frames[1:], duration=50)
    small = [frame.quantize(64, method=Image.Quantize.FASTOCTREE) for frame in frames]
    small[0].save(HERE / "animated.gif", save_all=True, append_images=small[1:], duration=50)
    keyed.save(HERE / "transparent.gif", transparency=3)
    rgb.save(HERE / "24-bit.bmp")
    palette.save(HERE / "8-bit.bmp")
    two.save(HERE / "1-bit.bmp")


def by_imagemagick():
    """16 bits, interlacing, compressed BMP, frames that fill a part of the canvas."""
    source = HERE / "source.png"
    deep = (smooth(7) * 257 + numpy.random.default_rng(8).uniform(-100, 100, (HEIGHT, WIDTH, 3))).clip(0, 65535)
    raw = HERE / "deep.rgb"
    deep.round().astype(">u2").tofile(raw)
    size = f"{WIDTH}x{HEIGHT}"

    def convert(*arguments):
        subprocess.run(["convert", *map(str, arguments)], check=True)

    read = ["-size", size, "-depth", "16", "-endian", "MSB", f"rgb:{raw}"]
    convert(*read, "-define", "png:bit-depth=16", "-define", "png:color-type=2", HERE / "rgb-16-bit.png")
    grey = ["-channel", "G", "-separate", "-define", "png:bit-depth=16", "-define", "png:color-type=0"]
    convert(*read, *grey, HERE / "grey-16-bit.png")
    colour(2).save(source)
    convert(source, "-interlace", "PNG", HERE / "interlaced.png")
    convert(source, "-colors", "30", "-type", "Palette", "-compress", "RLE", f"BMP3:{HERE / 'rle.bmp'}")
    convert(source, "-define", "bmp:subtype=RGB565", f"BMP:{HERE / '16-bit.bmp'}")
    convert(source, "-alpha", "set", "-channel", "A", "-evaluate", "set", "60%", f"BMP:{HERE / 'alpha.bmp'}")
    convert(source, "-interlace", "GIF", HERE / "interlaced.gif")
    convert(source, "-colorspace", "CMYK", "-quality", "95", HERE / "cmyk.jpg")
    hole = ["-alpha", "set", "-fill", "none", "-draw", "color 2,3 point"]
    convert(source, "-crop", "10x8+5+6", "+repage", *hole, "-repage", f"{size}+5+6", HERE / "part-of-canvas.gif")
    source.unlink()
    raw.unlink()


def rounded(path):
    """A 16-bit picture as ImageMagick reads it, rounded; both programs would cut the lower byte off themselves."""
    read = ["convert", str(path), "-depth", "16", "-endian", "MSB", "rgb:-"]
    values = numpy.frombuffer(subprocess.run(read, check=True, capture_output=True).stdout, ">u2")
    return numpy.round(values / 257).astype(numpy.uint8).reshape(HEIGHT, WIDTH, 3)


def truth(path):
    if "16-bit.png" in path.name:
        return rounded(path)
    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture)
        if upright.has_transparency_data:
            layered = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered)
        return numpy.asarray(upright.convert("RGB"))


def main():
    HERE.mkdir(exist_ok=True)
    for old in HERE.iterdir():
        old.unlink()
    by_pillow()
    by_imagemagick()
    listed, pixels = [], b""
    for path in sorted(HERE.iterdir()):
        read = truth(path)
        lossy = path.suffix == ".jpg" or path.name.startswith("lossy")
        listed.append({"file": path.name, "width": read.shape[1], "height": read.shape[0], "lossy": lossy})
        pixels += read.tobytes()
    (HERE / "expected.bin").write_bytes(pixels)
    (HERE / "expected.json").write_text("[\n" + ",\n".join(json.dumps(one) for one in listed) + "\n]\n")


main()
