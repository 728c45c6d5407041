"""Write formulas as MathML, which browsers draw without a script or a network."""

import re

from docutils import nodes
from latex2mathml.converter import convert

FUNCTION = re.compile("<mi>(log|exp|cos)</mi>")


def visit_math(translator, node):
    translator.body.append(_mathml(node, "inline"))
    raise nodes.SkipNode


def visit_math_block(translator, node):
    translator.body.append(f'<div class="math">{_mathml(node, "block")}</div>')
    raise nodes.SkipNode


def _mathml(node, display):
    # An identifier has no space around it, which the name of a function needs.
    space = r'<mo lspace="0.17em" rspace="0.17em">\1</mo>'
    return FUNCTION.sub(space, convert(node.astext(), display=display))


def setup(app):
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
