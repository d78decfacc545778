"""Templates in one language, with what says the same on every page put in when they are compiled.

A page asks for hundreds of sentences, icons and addresses, nearly all of them written out in its templates. An
environment that speaks one language knows them as soon as it reads a template: they become part of the text around
them, and a page has fewer, larger pieces.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import jinja2
from django.urls import NoReverseMatch
from django.utils import translation
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from jinja2.runtime import Context
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined] # what `escape` itself calls

Fixed = Mapping[str, Callable[..., Any]]
_OF_EVERY_DICT = frozenset(dir(dict))
_RUN = re.compile(r"[ \t]*\n[ \t\n]*|[ \t]{2,}")
_LINES = "(?:table|thead|tbody|tfoot|tr|td|th|div|section|ul|ol|li|dl|dt|dd|p|h[1-4]|summary|option|header|main|article)"
_BEFORE = re.compile(rf" (?=</?{_LINES}[ >])")
_BESIDE = re.compile(rf"(</?{_LINES}(?: [^<>]*)?>) ")


class _Writing(CodeGenerator):
    """Writes compiled templates that ask as little as they can of Jinja's own machinery."""

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """Functions are called as they are, but those that want to know of the context."""
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if forward_caller or hasattr(self.environment.globals.get(name), "jinja_pass_arg"):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write("environment.called(")
        self.visit(node.node, frame)
        self.signature(node, frame)
        self.write(")")


class _Kept(jinja2.FileSystemBytecodeCache):
    """Compiled templates in a folder; where none can be kept or read (a full disk, a folder gone) pages come all the same."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


class _Template(jinja2.Template):
    """Lets go of what a page was made from as soon as it is made.

    A macro knows the context it stands in, which knows the macro: until the collector comes by, after hundreds of pages,
    the two would hold all that a page was shown, every time and a process.
    """

    def render(self, *args: Any, **kwargs: Any) -> str:
        """As Jinja's own."""
        around, _making.contexts = getattr(_making, "contexts", None), []
        try:
            return super().render(*args, **kwargs)
        finally:
            for context in _making.contexts:
                context.vars.clear()
            _making.contexts = around

    def new_context(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        """As Jinja's own; those of a page end with it, those of imported macros, which are kept, are made of nothing."""
        made = super().new_context(vars, shared, locals)
        if vars is not None and getattr(_making, "contexts", None) is not None:
            _making.contexts.append(made)
        return made


_making = threading.local()  # the contexts of the page that is being made


class Environment(jinja2.Environment):
    """Speaks `language`; the answers of `fixed` functions depend on it and on their arguments alone.

    The functions in `phrases` take a sentence, and as keywords what is filled in. No template gives these names
    another meaning (a law test holds it to that).
    """

    code_generator_class = _Writing
    template_class = _Template
    language = ""
    fixed: Fixed = {}
    phrases: Fixed = {}

    @staticmethod
    def escaped(value: Any) -> str:
        """What `markupsafe.escape` gives, without making plain text an object of its own: a page joins it at once."""
        kind = type(value)
        if kind is str:
            return _escape_inner(value)
        if kind is Markup:
            return value  # type: ignore[no-any-return]
        return str(value) if kind is int else escape(value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja's own; but it asks a dictionary for an attribute first, and to be refused costs more than the rest."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_EVERY_DICT:
            return obj[attribute]
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)

    @staticmethod
    def called(function: Callable[..., Any], /, *args: Any, **values: Any) -> Any:
        """A call without the context."""
        return function(*args, **values)

    def speaking(self, language: str, kept_in: Path | None) -> Environment:
        """The same in a language, with templates of its own; a folder keeps them compiled for the next start."""
        made: Environment = self.overlay(cache_size=-1)
        made.language = language
        if kept_in is not None:
            made.bytecode_cache = _Kept(str(kept_in / language))
        return made

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if not self.language:
            return super()._parse(source, name, filename)
        with translation.override(self.language):
            return _Settling(self, source, name, filename).parse()


class Unindented(Extension):
    """What sets the lines of a template in is for who reads the template: what stands between its tags and words is one space.

    Beside what stands on lines of its own on the page there is none: no reader sees it.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The template's tokens, its text made short."""
        for token in stream:
            if token.type == "data":
                told = _BESIDE.sub(r"\1", _BEFORE.sub("", _RUN.sub(" ", token.value)))
                token = Token(token.lineno, "data", told)
            yield token


class _Settling(Parser):
    """Replaces calls whose answer is known by it."""

    environment: Environment

    def parse_call(self, node: nodes.Expr) -> nodes.Expr:  # type: ignore[override]
        """The answer; the call as it is where it must wait for the page."""
        call = super().parse_call(node)
        name = node.name if isinstance(node, nodes.Name) else ""
        try:
            if call.kwargs and name in self.environment.phrases:
                return self._sentence(call, self.environment.phrases[name])
            if name in self.environment.fixed:
                call.set_environment(self.environment)
                args, values = nodes.args_as_const(call, None)
                return nodes.Const(self.environment.fixed[name](*args, **values), lineno=call.lineno)
        except (nodes.Impossible, NoReverseMatch, ValueError):
            pass  # known no earlier than the page, or wrong, which the page then says
        return call

    def _sentence(self, call: nodes.Call, phrase: Callable[[str], Any]) -> nodes.Expr:
        """A sentence known but for what is filled in."""
        if call.dyn_args or call.dyn_kwargs or len(call.args) != 1:
            return call
        filled = [nodes.Pair(nodes.Const(word.key), word.value) for word in call.kwargs]
        told = nodes.Const(phrase(call.args[0].as_const()))
        return nodes.Mod(told, nodes.Dict(filled), lineno=call.lineno)
