"""Link code that is a public name, such as `IDEC`, to the page of that name.

So pages are plain Markdown, with `IDEC` and `KMeans(10)` as code, that reads well
wherever Markdown is shown. Headings are left as they are.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.ext.intersphinx import InventoryAdapter
from sphinx.transforms.post_transforms import SphinxPostTransform

# Not methods: their names, such as `fit`, belong to many classes.
TYPES = ("class", "function", "exception")


class LinkNames(SphinxPostTransform):
    default_priority = 5  # before Sphinx resolves references

    def run(self, **kwargs):
        names = _names(self.env)
        # On its own page a name would lead nowhere.
        own = {
            name
            for signature in self.document.findall(addnodes.desc_signature)
            for name in signature["ids"]
        }
        for code in list(self.document.findall(nodes.literal)):
            found = re.fullmatch(r"([\w.]+)(\(.*\))?", code.astext(), re.DOTALL)
            target = names.get(found[1]) if found else None
            if target and target not in own and not _is_inside(code):
                reference = addnodes.pending_xref(
                    "",
                    refdomain="py",
                    reftype="obj",
                    reftarget=target,
                    refdoc=self.env.docname,
                )
                code.replace_self(reference)
                reference += code


def _names(env):
    """Map public names, with and without their modules, to full ones."""
    inventory = InventoryAdapter(env).main_inventory
    full = [name for kind in TYPES for name in inventory.get(f"py:{kind}", ())]
    # The package's own names come last: they win.
    full += [
        name
        for name, found in env.domains["py"].objects.items()
        if found.objtype in TYPES and not found.aliased
    ]
    return {short: name for name in full for short in (name, name.rpartition(".")[2])}


def _is_inside(code):
    """Tell whether code is part of a reference, or of a heading."""
    node = code.parent
    while node is not None:
        if isinstance(node, (nodes.reference, nodes.title, addnodes.pending_xref)):
            return True
        node = node.parent
    return False


def setup(app):
    app.add_post_transform(LinkNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
