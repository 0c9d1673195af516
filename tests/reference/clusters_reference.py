"""Writes clusters.jsonl.gz: 300 batches of texts with the clusters that NLTK and scikit-learn give them.

    python3 tests/reference/clusters_reference.py     (nltk, scikit-learn; half a minute)

With --time it clusters the JSON list of texts on its standard input and prints labels, seconds and peak memory: the
other side of `npm run bench core`.

The calls are those of the released code: sentence BLEU with smoothing method 1 on whitespace words, the earlier text as
candidate and the later one as reference, average linkage over 1 - BLEU, cut at tau. A line of the file is
{"kind", "threshold", "texts", "labels", "distances"}; labels count clusters by first appearance; distances (of j < i,
row by row) stand only in small batches. Left out: the reward itself, which is arithmetic on the labels.
"""

import gzip
import json
import random
import resource
import sys
import time
from pathlib import Path

import numpy as np
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from sklearn.cluster import AgglomerativeClustering

TAU = 0.5
SMALL = 12
COMMON = "the of a is to and in that for each with how many what find".split()
NAMES = "Ann Bob Carla Dmitri Eva Farid Grace Hiro".split()
THINGS = "apples books coins tickets marbles stamps pencils cards".split()
TEMPLATES = [
    "{name} has {a} {thing} and buys {b} more each day . How many {thing} does {name} have after {c} days ?",
    "Let x = gcd({a},{b}). Then repeat {c} times x = ( {a} * x + {b} ) % {c} . What is x ?",
    "A rectangle is {a} cm long and {b} cm wide . Find its area .",
    "What is {a} plus {b} ?",
    "{name} shares {a} {thing} with {b} friends . How many {thing} are left over ?",
]
SPACES = [" ", "  ", "\t", "\n", "\u00a0", "\u3000", "\x1c", "\x1f", "\x85", "\u2028", "\x0b"]
ODD_WORDS = ["\ufeff", "\u200b", "é", "e\u0301", "数", "👩‍🚀", "\\frac{1}{2}", "x\ufeffy", "Straße", "\u180e", "\u2060"]


def reference_distances(texts):
    """1 - BLEU of all pairs, mirrored; the diagonal is never read."""
    words = [text.split() for text in texts]
    smooth = SmoothingFunction().method1
    distances = np.zeros((len(texts), len(texts)))
    for i in range(len(texts)):
        for j in range(i):
            score = sentence_bleu([words[i]], words[j], smoothing_function=smooth) if words[i] and words[j] else 0
            distances[i, j] = distances[j, i] = 1 - score
    return distances


def reference_labels(distances, threshold=TAU):
    """Flat clusters of scikit-learn, numbered by first appearance."""
    if len(distances) < 2:  # scikit-learn refuses a single item
        return [0] * len(distances)
    model = AgglomerativeClustering(
        n_clusters=None, distance_threshold=threshold, metric="precomputed", linkage="average"
    )
    numbers = {}
    return [numbers.setdefault(label, len(numbers)) for label in model.fit_predict(distances).tolist()]


def sentence(rng, length, rare=200):
    return " ".join(rng.choice(COMMON) if rng.random() < 0.5 else f"w{rng.randrange(rare)}" for _ in range(length))


def changed(rng, text, changes):
    words = text.split()
    for _ in range(changes):
        words[rng.randrange(len(words))] = f"v{rng.randrange(50)}"
    return " ".join(words)


def unrelated(rng, count):
    return [sentence(rng, rng.randint(1, 40)) for _ in range(count)]


def duplicates_and_empties(rng, count):
    pool = [sentence(rng, rng.randint(1, 20)) for _ in range(max(1, count // 4))] + ["", "  ", "\n\t"]
    return [rng.choice(pool) for _ in range(count)]


def templates(rng, count, highest=30):
    chosen = rng.sample(TEMPLATES, rng.randint(1, len(TEMPLATES)))
    texts = []
    for _ in range(count):
        template, name, thing = rng.choice(chosen), rng.choice(NAMES), rng.choice(THINGS)
        texts.append(template.format(name=name, thing=thing, **{key: rng.randint(2, highest) for key in "abc"}))
    return texts


def ties(rng, count):
    """Few words, short texts: most distances are equal to many others."""
    length = rng.randint(2, 8)
    return [" ".join(rng.choice("abc"[: rng.randint(2, 3)]) for _ in range(length)) for _ in range(count)]


def on_the_threshold(rng, count):
    """One word in the middle of eight changed: BLEU is 7/8 * 5/7 * 3/6 * 1/5 to the power 1/4, exactly one half."""
    texts = []
    while len(texts) < count:
        base = [f"w{rng.randrange(1000)}" for _ in range(8)]
        for _ in range(rng.randint(1, 5)):
            base = list(base)
            base[rng.choice([3, 4])] = f"v{rng.randrange(4)}"
            texts.append(" ".join(base))
    rng.shuffle(texts)
    return texts[:count]


def near_the_threshold(rng, count):
    """A base and copies with about as many changed words as bring BLEU to one half."""
    bases = [sentence(rng, rng.randint(5, 40)) for _ in range(max(1, count // 6))]
    return [changed(rng, base, rng.randint(0, 1 + len(base.split()) // 6)) for base in rng.choices(bases, k=count)]


def one_word(rng, count):
    return [" ".join(rng.choice("abcd") for _ in range(rng.choice([1, 1, 1, 2, 3, 4]))) for _ in range(count)]


def repeated_ngrams(rng, count):
    return [
        " ".join([" ".join(rng.choices("ab", k=rng.randint(1, 3)))] * rng.randint(1, 15) + rng.choices("abc", k=2))
        for _ in range(count)
    ]


def odd_white_space(rng, count):
    pool = [[rng.choice(ODD_WORDS + COMMON) for _ in range(rng.randint(1, 12))] for _ in range(max(1, count // 3))]
    texts = []
    for _ in range(count):
        spaced = [word + "".join(rng.choices(SPACES, k=rng.randint(1, 3))) for word in rng.choice(pool)]
        texts.append("".join(spaced) + rng.choice(["", " ", "\ufeff"]))
    return texts


def lengths_apart(rng, count):
    base = sentence(rng, 60).split()
    return [" ".join(base[: rng.randint(1, 60)]) for _ in range(count)]


def mixed(rng, count):
    texts = [make(rng, count)[: 1 + count // 4] for make in (templates, near_the_threshold, one_word, ties, unrelated)]
    texts = [text for part in texts for text in part]
    rng.shuffle(texts)
    return texts[:count]


KINDS = [unrelated, duplicates_and_empties, templates, ties, on_the_threshold, near_the_threshold, one_word]
KINDS += [repeated_ngrams, odd_white_space, lengths_apart, mixed]
SIZES = [(0, 1), (1, 1), (2, 1), (3, 2), (6, 5), (10, 6), (16, 4), (30, 4), (48, 3)]  # size, how many of each kind
LARGE = [(mixed, 300), (templates, 300), (near_the_threshold, 250), (ties, 400), (duplicates_and_empties, 200)]
OTHER_THRESHOLDS = [0.1, 0.3, 0.7, 0.9]


def batches():
    for kind in KINDS:
        for size, count in SIZES:
            for number in range(count):
                rng = random.Random(f"{kind.__name__}/{size}/{number}")
                yield kind.__name__, TAU, kind(rng, size)
    for kind, size in LARGE:
        yield kind.__name__, TAU, kind(random.Random(f"large/{kind.__name__}"), size)
    for threshold in OTHER_THRESHOLDS:
        yield "mixed", threshold, mixed(random.Random(f"threshold/{threshold}"), 60)


def case(kind, threshold, texts):
    distances = reference_distances(texts)
    line = {"kind": kind, "threshold": threshold, "texts": texts, "labels": reference_labels(distances, threshold)}
    if len(texts) <= SMALL:
        line["distances"] = [distances[i, j] for i in range(len(texts)) for j in range(i)]
    return json.dumps(line, ensure_ascii=False)


def write_cases():
    lines = [case(*batch) for batch in batches()]
    path = Path(__file__).with_name("clusters.jsonl.gz")
    path.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    print(f"{len(lines)} cases, {path.stat().st_size} bytes")


def time_one_run():
    texts = json.load(sys.stdin)
    start = time.perf_counter()
    labels = reference_labels(reference_distances(texts))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"labels": labels, "seconds": seconds, "peakMebibytes": peak}))


if __name__ == "__main__":
    time_one_run() if "--time" in sys.argv else write_cases()
