"""The statistics of `textcat_multilabel`: what the bags vote and what the words say in their context, added up."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.pipeline.textcat_multilabel import MultiLabel_TextCategorizer
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model

from classifier.context import words_in_context
from classifier.votes import sentence_votes

Network = Model[Sequence[Doc], Any]


def reading_network(rows: int, width: int, nO: int | None = None) -> Network:
    """`rows` is one more than the most features that the bags may know, `width` that of the windows."""
    return Model(
        "reading",
        forward,
        init=_init,
        layers=[sentence_votes(rows), words_in_context(width)],
        dims={"nO": nO},
        attrs={"multi_label": True},
    )


registry.architectures.register("earshot.Reading.v1", func=reading_network)


def _init(model: Network, X: Any = None, Y: Any = None) -> None:
    if Y is not None and model.has_dim("nO") is None:
        model.set_dim("nO", Y.shape[1])
    for layer in model.layers:
        layer.initialize(X=X, Y=Y)


def forward(model: Network, docs: Sequence[Doc], is_train: bool) -> tuple[Any, Callable[[Any], Sequence[Doc]]]:
    parts = [layer(docs, is_train) for layer in model.layers]
    scores = sum(scores for scores, _ in parts)
    chances = (1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))).astype(np.float32)

    def backprop(d_chances: Any) -> Sequence[Doc]:
        # spaCy hands us chance minus truth: taken as the slope of the logit, that is the logistic loss
        for _, learn in parts:
            learn(d_chances)
        return docs

    return chances, backprop


class Statistics(MultiLabel_TextCategorizer):
    """spaCy's own, but for writing the chances of a message down in one go, which takes a tenth of the time."""

    def set_annotations(self, docs: Iterable[Doc], scores: Any) -> None:
        for doc, row in zip(docs, scores.tolist(), strict=True):
            doc.cats = dict(zip(self.labels, row, strict=True))


@Language.factory("earshot_textcat_multilabel", default_config={"threshold": 0.5})
def _statistics(nlp: Language, name: str, model: Network, threshold: float) -> Statistics:
    return Statistics(nlp.vocab, model, name, threshold=threshold)
