"""Catalogues of texts go in, one TOML file a language; out comes what a page says in its reader's language."""

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from babel.dates import format_date
from flask import current_app, g, request
from markupsafe import Markup, escape

from webform.context import the_desk

Catalogues = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Speech:
    """One language. Called with a key it gives the text, escaped once, with its values put in."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> Markup:
        return escape(self.texts[key]).format(**values)

    def date(self, day: date) -> str:
        return format_date(day, format="long", locale=self.texts["locale"])


@functools.cache
def read_catalogues() -> Catalogues:
    """Every file of the folder: adding a language is adding a file."""
    folder = resources.files("webform").joinpath("translations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): dict(_flat(tomllib.loads(file.read_text("utf-8")))) for file in files}


def languages() -> list[tuple[str, str]]:
    """What the reader may choose from: code and own name, of those that the desk writes in."""
    spoken = the_desk().config.desk.languages
    known = [(code, texts["language"]) for code, texts in catalogues().items() if code in spoken]
    return known or [("en", catalogues()["en"]["language"])]


def speech() -> Speech:
    """The language of this page: what the reader chose, else what the letter spoke, else what the browser asks for."""
    codes = [code for code, _ in languages()]
    wanted = (request.args.get("lang"), g.get("language"), request.accept_languages.best_match(codes))
    code = next((code for code in wanted if code in codes), _first(codes))
    return Speech(code, catalogues()[code])


def chosen() -> str | None:
    """The language that the reader chose on this page, to be carried to the next."""
    code = request.args.get("lang")
    return code if code in dict(languages()) else None


def catalogues() -> Catalogues:
    found: Catalogues = current_app.extensions["catalogues"]
    return found


def _first(codes: list[str]) -> str:
    return next((code for code in the_desk().config.desk.languages if code in codes), codes[0])


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
