"""Numbers that the tests of `src/metrics/ssim.rs` and `src/metrics/inpainting.rs` hold, from public implementations:
scikit-image's SSIM, MS-SSIM as Wang, Simoncelli & Bovik (2003) define it on scipy's filters, scipy's sparse solver and
its Euclidean distance transform. Prints them; needs numpy, scipy and scikit-image."""

import numpy as np
from scipy import ndimage
from scipy.sparse import lil_matrix
from scipy.sparse.linalg import spsolve
from skimage.metrics import structural_similarity

WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])


def texture(side, seed):
    """An image of three channels on [-1, 1]: a slope with a coarse wave and grain."""
    c, y, x = np.meshgrid(np.arange(3), np.arange(side), np.arange(side), indexing="ij")
    grain = ((y * y * 31 + x * 17 + y * x * 7 + c * 53 + seed * 29) % 101) / 101
    wave = ((y // 4 + x // 6 + c + seed) % 5) / 5
    slope = (y + 2 * x) / (3 * side)
    return (grain + 2 * wave + 3 * slope) / 3 - 1


def window_means(a, b, width):
    """Mean SSIM and mean contrast-structure over windows inside the image."""
    t = np.arange(11) - 5
    g = np.exp(-(t**2) / 4.5)
    g /= g.sum()

    def blur(z):
        z = ndimage.correlate1d(ndimage.correlate1d(z, g, axis=0), g, axis=1)
        return z[5 : z.shape[0] - 5, 5 : z.shape[1] - 5]

    c1, c2 = (0.01 * width) ** 2, (0.03 * width) ** 2
    ma, mb = blur(a), blur(b)
    va, vb, ab = blur(a * a) - ma * ma, blur(b * b) - mb * mb, blur(a * b) - ma * mb
    cs = (2 * ab + c2) / (va + vb + c2)
    return (cs * (2 * ma * mb + c1) / (ma * ma + mb * mb + c1)).mean(), cs.mean()


def halve(a):
    """The 2 x 2 mean filter with mirrored edges, every second pixel of it."""
    padded = np.pad(a, ((0, 1), (0, 1)), mode="symmetric")
    return ((padded[:-1, :-1] + padded[1:, :-1] + padded[:-1, 1:] + padded[1:, 1:]) / 4)[::2, ::2]


def ms_ssim(a, b, width):
    sides = [a.shape[-1]]
    while len(sides) < 5 and -(-sides[-1] // 2) >= 11:
        sides.append(-(-sides[-1] // 2))
    weights = WEIGHTS[: len(sides)] / WEIGHTS[: len(sides)].sum()
    values = []
    for left, right in zip(a, b):
        product = 1.0
        for at, weight in enumerate(weights):
            similarity, contrast = window_means(left, right, width)
            product *= max(similarity if at == len(weights) - 1 else contrast, 0) ** weight
            left, right = halve(left), halve(right)
        values.append(product)
    return np.mean(values), len(sides)


def similarities():
    for side in [11, 22, 23, 64, 176]:
        a, b = texture(side, 0), texture(side, 1)
        b = 0.7 * a + 0.3 * b
        single = np.mean([
            structural_similarity(x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=2)
            for x, y in zip(a, b)
        ])
        assert abs(single - np.mean([window_means(x, y, 2)[0] for x, y in zip(a, b)])) < 1e-12
        multi, scales = ms_ssim(a, b, 2)
        print(f"side {side}: ssim {single:.9f}, ms-ssim {multi:.9f} over {scales}")
    images = [texture(32, seed) for seed in range(4)]
    pairs = [ms_ssim(images[i], images[j], 2)[0] for i in range(4) for j in range(i)]
    print(f"diversity {np.mean(pairs):.9f}")


def fills():
    side = 12
    y, x = np.mgrid[:side, :side]
    hidden = ((y * 5 + x * 3) % 7 < 3) | ((abs(y - 6) < 4) & (abs(x - 7) < 3)) | ((y < 3) & (x < 4))
    image = texture(side, 0)[0]
    print("hidden", hidden.sum(), "first of", np.flatnonzero(hidden)[:8])
    number = -np.ones(side * side, int)
    number[np.flatnonzero(hidden)] = np.arange(hidden.sum())
    matrix, right = lil_matrix((hidden.sum(), hidden.sum())), np.zeros(hidden.sum())
    for at in np.flatnonzero(hidden):
        for dy, dx in [(0, 1), (1, 0), (0, -1), (-1, 0)]:
            r, c = at // side + dy, at % side + dx
            if 0 <= r < side and 0 <= c < side:
                matrix[number[at], number[at]] += 1
                if hidden[r, c]:
                    matrix[number[at], number[r * side + c]] -= 1
                else:
                    right[number[at]] += image[r, c]
    solution = spsolve(matrix.tocsr(), right)
    distance, nearest = ndimage.distance_transform_edt(hidden, return_indices=True)
    taken = image[tuple(nearest)]
    known = np.argwhere(~hidden)
    print("mean", image[~hidden].mean())
    for at in np.flatnonzero(hidden)[::7]:
        r, c = divmod(at, side)
        tied = known[((known - [r, c]) ** 2).sum(1) == round(distance[r, c] ** 2)]
        assert taken[r, c] in image[tied[:, 0], tied[:, 1]]
        print(f"({at}, {solution[number[at]]:.7f}, {image[tied[:, 0], tied[:, 1]].mean():.7f}), of {len(tied)}")
    error = solution - image[hidden]
    print("error", abs(error).mean() / 2, "psnr", -10 * np.log10((error**2).mean() / 4))


similarities()
fills()
