"""What an exported file is worth on labelled faces, always with protocol, n and interval; no torch."""

from facefit.evaluation.expression import ExpressionResult, Recall, evaluate_expression
from facefit.evaluation.intervals import PairedComparison, compare_paired, wilson_interval
from facefit.evaluation.protocols import EXPRESSION_PROTOCOLS, load_protocol

__all__ = [
    "EXPRESSION_PROTOCOLS",
    "ExpressionResult",
    "PairedComparison",
    "Recall",
    "compare_paired",
    "evaluate_expression",
    "load_protocol",
    "wilson_interval",
]
