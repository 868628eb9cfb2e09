"""Templates in the reader's language. Others may add folders of templates that extend ``base.html``, and catalogues."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from dashboard import chart
from dashboard.words import LANGUAGES, Words, choose

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "hymio_lang"
_YEAR_S = 31_536_000


@dataclass(frozen=True)
class Link:
    """A link in the page's head; the label by language."""

    labels: dict[str, str]
    href: str


class Rendering:
    """One Jinja2 environment a language, over shared templates."""

    def __init__(self, *, demo: bool, secure: bool = False, navigation: Sequence[Link] = ()) -> None:
        self._secure = secure
        self._loader = ChoiceLoader([FileSystemLoader(HERE / "templates")])
        self._words = {language: Words(language) for language in LANGUAGES}
        self._environments = {language: self._environment(language) for language in LANGUAGES}
        self.add_globals(demo=demo, navigation=navigation, static=static_address)
        self.add_catalogues(HERE / "locale")

    def _environment(self, language: str) -> Environment:
        words = self._words[language]
        environment = Environment(
            loader=self._loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
        environment.globals.update(words=words, languages=LANGUAGES, chart=chart)
        return environment

    def add_folder(self, folder: Path) -> None:
        """Templates in ``folder`` are found too; ours win where names clash."""
        self._loader.loaders = [*self._loader.loaders, FileSystemLoader(folder)]

    def add_catalogues(self, folder: Path, domain: str = "dashboard") -> None:
        """Reads ``folder``/<language>/LC_MESSAGES/<domain>.po of every language. Raises OSError where there is none."""
        for language, words in self._words.items():
            words.add(folder / language / "LC_MESSAGES" / f"{domain}.po")

    def add_globals(self, **names: object) -> None:
        """Names that every template sees."""
        for environment in self._environments.values():
            environment.globals.update(names)

    def words(self, language: str) -> Words:
        return self._words[language]

    def language(self, request: Request) -> str:
        return choose(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language", ""),
        )

    def fragment(self, language: str, template: str, **values: object) -> str:
        """A piece of a page."""
        return self._environments[language].get_template(template).render(values)

    def answer(self, request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A whole page in the reader's language, which is remembered when the address asked for it."""
        language = self.language(request)
        own = {"request": request, "status": status, "in_language": _in_language(request)}
        html = self.fragment(language, template, **own, **values)
        answer = HTMLResponse(html, status, {"content-language": language, "vary": "accept-language, cookie"})
        if request.query_params.get("lang") == language:
            answer.set_cookie(
                LANGUAGE_COOKIE, language, max_age=_YEAR_S, samesite="lax", secure=self._secure, httponly=True
            )
        return answer


def _in_language(request: Request):
    """The address of this page in another language."""
    others = [(key, text) for key, text in request.query_params.multi_items() if key != "lang"]
    return lambda language: "?" + urlencode([*others, ("lang", language)])


def static_address(name: str) -> str:
    """The address of a file in static/, which changes with its contents."""
    return f"/static/{name}?v={_digest(name)}"


def _digest(name: str) -> str:
    if name not in _digests:
        _digests[name] = sha256((HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return _digests[name]


_digests: dict[str, str] = {}
