"""What the signs say, a language each. Faces are called what the dashboard calls them; the question is an example."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """``faces`` from 1, very unhappy, to 4; ``privacy`` and ``press`` as lines that fit a card."""

    question: str
    faces: tuple[str, str, str, str]
    press: str
    privacy: tuple[str, ...]
    link: str


@dataclass(frozen=True)
class Easy:
    """Easy language: short sentences, one thought each, no hyphens. ``steps`` in the order in which they are done."""

    title: str
    steps: tuple[tuple[str, ...], ...]
    faces: tuple[str, str, str, str]
    touch: tuple[str, ...]
    privacy: tuple[str, ...]
    link: str


NAMES = {"fi": "Finnish (--fi)", "sv": "Swedish (--sv)", "en": "English (--en)"}  # as the command calls them

WORDS = {
    "fi": Words(
        "Millainen käyntisi oli?",
        ("erittäin tyytymätön", "tyytymätön", "tyytyväinen", "erittäin tyytyväinen"),
        "Paina nappia kasvojen alla.",
        ("Sinusta ei tallenneta mitään: vain valitut kasvot,", "aika ja paikka. Ei kameraa, ei mikrofonia."),
        "Tulokset ja tietosuoja",
    ),
    "sv": Words(
        "Hur var ditt besök?",
        ("mycket missnöjd", "missnöjd", "nöjd", "mycket nöjd"),
        "Tryck på knappen under ansiktet.",
        ("Ingenting sparas om dig: bara vilket ansikte,", "när och var. Ingen kamera, ingen mikrofon."),
        "Resultat och dataskydd",
    ),
    "en": Words(
        "How was your visit?",
        ("very unhappy", "unhappy", "happy", "very happy"),
        "Press the button under the face.",
        ("Nothing about you is recorded: only which face,", "when and where. No camera, no microphone."),
        "Results and privacy",
    ),
}

EASY = {
    "fi": Easy(
        "Millainen käyntisi oli?",
        (("Valitse yksi kuva.",), ("Paina nappia", "kuvan alla."), ("Kaikki valot syttyvät.", "Kiitos!")),
        ("Erittäin huono", "Huono", "Hyvä", "Erittäin hyvä"),
        ("Jokaisen kuvan alla on pisteitä.", "Voit tunnustella pisteitä sormella."),
        (
            "Laite tallentaa, minkä kuvan valitset.",
            "Laite tallentaa myös ajan ja paikan.",
            "Laite ei tiedä, kuka sinä olet.",
            "Laitteessa ei ole kameraa.",
            "Laitteessa ei ole mikrofonia.",
        ),
        "Tulokset ja tietosuoja",
    ),
    "sv": Easy(
        "Hur var ditt besök?",
        (("Välj en bild.",), ("Tryck på knappen", "under bilden."), ("Alla lampor tänds.", "Tack!")),
        ("Mycket dåligt", "Dåligt", "Bra", "Mycket bra"),
        ("Under varje bild finns prickar.", "Du kan känna prickarna med fingret."),
        (
            "Apparaten sparar vilken bild du väljer.",
            "Apparaten sparar också tid och plats.",
            "Apparaten vet inte vem du är.",
            "Apparaten har ingen kamera.",
            "Apparaten har ingen mikrofon.",
        ),
        "Resultat och dataskydd",
    ),
    "en": Easy(
        "How was your visit?",
        (
            ("Choose one picture.",),
            ("Press the button", "under the picture."),
            ("All the lights come on.", "Thank you!"),
        ),
        ("Very bad", "Bad", "Good", "Very good"),
        ("There are dots under each picture.", "You can feel the dots with your finger."),
        (
            "The box saves which picture you choose.",
            "It also saves the time and the place.",
            "The box does not know who you are.",
            "The box has no camera.",
            "The box has no microphone.",
        ),
        "Results and privacy",
    ),
}
