"""What is public, which the tests of docstrings and of types go through."""

import importlib
import inspect
import pkgutil

import skdeepcluster


def public_objects():
    """Yield the dotted names of what the package and its parts list as public."""
    modules = [skdeepcluster] + [
        importlib.import_module(module.name)
        for module in pkgutil.iter_modules(skdeepcluster.__path__, "skdeepcluster.")
        if not module.name.split(".")[-1].startswith("_")
    ]
    seen = set()
    for module in modules:
        for key in module.__all__:
            thing = getattr(module, key)
            has_docstring = inspect.isclass(thing) or inspect.isfunction(thing)
            if not has_docstring or thing in seen:
                continue
            seen.add(thing)
            yield f"{module.__name__}.{key}"
            if inspect.isclass(thing):
                yield from public_members(f"{module.__name__}.{key}", thing)


def public_members(path, cls):
    """Yield the dotted names of methods and properties that are defined here."""
    for key, member in inspect.getmembers(cls):
        function = member.fget if isinstance(member, property) else member
        module = getattr(function, "__module__", None) or ""
        is_method = isinstance(member, property) or inspect.isroutine(member)
        if not key.startswith("_") and is_method and module.startswith("skdeepcluster"):
            yield f"{path}.{key}"
