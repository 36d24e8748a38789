"""What Earshot must beat on the same messages: TF-IDF with logistic regression, and spaCy's plain bag of words."""

import random
from collections.abc import Sequence

import numpy as np
import spacy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from spacy.training import Example

from classifier.corpus import Message
from classifier.labels import Label
from classifier.measures import Figures, calibration_error, labels_and_misses
from classifier.tuning import DOUBT, Floats, best_start, calibrated

EPOCHS = 12


def tf_idf(train: Sequence[Message], texts: Sequence[str]) -> Floats:
    """Chances of each label by word and word-pair TF-IDF and one balanced logistic regression a label."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    known, unknown = words.fit_transform([found.text for found in train]), words.transform(list(texts))
    columns = []
    for label in Label:
        learner = LogisticRegression(C=10, max_iter=1000, class_weight="balanced")
        learner.fit(known, [label in found.labels for found in train])
        columns.append(learner.predict_proba(unknown)[:, 1])
    return np.stack(columns, axis=1)


def plain_bag(train: Sequence[Message], texts: Sequence[str], seed: int = 0) -> Floats:
    """Chances of each label by spaCy's own TextCatBOW over words and pairs of words."""
    nlp = spacy.blank("en")
    architecture = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": False,
        "ngram_size": 2,
        "length": 32768,
        "no_output_layer": False,
    }
    nlp.add_pipe("textcat_multilabel", config={"model": architecture})
    examples = [
        Example.from_dict(
            nlp.make_doc(found.text), {"cats": {label.value: float(label in found.labels) for label in Label}}
        )
        for found in train
    ]
    optimizer = nlp.initialize(lambda: examples)
    chance = random.Random(seed)  # noqa: S311 (order of training, not secrecy)
    for _ in range(EPOCHS):
        chance.shuffle(examples)
        for start in range(0, len(examples), 64):
            nlp.update(examples[start : start + 64], sgd=optimizer)
    return np.array([[doc.cats[label.value] for label in Label] for doc in nlp.pipe(texts)], dtype=np.float64)


def judged(dev: Sequence[Message], dev_chances: Floats, test: Sequence[Message], chances: Floats) -> Figures:
    """Calibrated and given thresholds on dev exactly as Earshot is, then counted on test."""
    begins: dict[Label, float] = {}
    mended = np.empty_like(chances)
    for column, label in enumerate(Label):
        truth = np.array([label in found.labels for found in dev], dtype=np.float64)
        fitted, mended[:, column] = calibrated(dev_chances[:, column], truth, chances[:, column])
        begins[label] = best_start(fitted, truth)
    said = [
        frozenset(label for label, chance in zip(Label, row, strict=True) if chance >= begins[label]) for row in mended
    ]
    review = [Label.COMPLAINT not in labels and bool(row[0] >= DOUBT) for labels, row in zip(said, mended, strict=True)]
    complaint = np.array([Label.COMPLAINT in found.labels for found in test], dtype=np.float64)
    figures = labels_and_misses([found.labels for found in test], said, review)
    return {**figures, "calibration_error": calibration_error(mended[:, 0], complaint)}
