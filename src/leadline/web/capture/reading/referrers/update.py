"""Writes sites.json anew from Matomo's lists: python -m leadline.web.capture.reading.referrers.update FOLDER

FOLDER is a checkout of github.com/matomo-org/searchengine-and-social-list (CC0 1.0, the public domain).
Sites of web mail are not in those lists and stand here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML

_MAIL = {
    "AOL Mail": ["mail.aol.com"],
    "Fastmail": ["app.fastmail.com", "fastmail.com"],
    "GMX": ["navigator.gmx.net", "navigator-bs.gmx.net", "bap.navigator.gmx.net"],
    "Gmail": ["mail.google.com", "inbox.google.com", "com.google.android.gm"],
    "HEY": ["app.hey.com"],
    "Mail.ru": ["e.mail.ru", "touch.mail.ru", "octavius.mail.ru"],
    "NAVER Mail": ["mail.naver.com"],
    "Outlook": [
        "outlook.live.com",
        "outlook.office.com",
        "outlook.office365.com",
        "mail.live.com",
        "com.microsoft.office.outlook",
        "deref-mail.com",
    ],
    "Proton Mail": ["mail.proton.me", "mail.protonmail.com"],
    "QQ Mail": ["mail.qq.com", "exmail.qq.com"],
    "Seznam Email": ["email.seznam.cz"],
    "WEB.DE": ["navigator.web.de", "bap.navigator.web.de"],
    "Yahoo! Mail": ["mail.yahoo.com", "mail.yahoo.co.jp"],
    "Yandex Mail": ["mail.yandex.ru", "mail.yandex.com"],
    "Zoho Mail": ["mail.zoho.com", "mail.zoho.eu"],
    "iCloud Mail": ["mail.icloud.com"],
}


def main(folder: Path) -> None:
    yaml = YAML(typ="safe")
    engines, socials, assistants = (
        yaml.load((folder / f"{name}.yml").read_text(encoding="utf-8"))
        for name in ("SearchEngines", "Socials", "AIAssistants")
    )
    searched = {name: [url for part in parts for url in part["urls"]] for name, parts in engines.items()}
    kinds = {"ai": assistants, "mail": _MAIL, "social": socials, "search": searched}
    target = Path(__file__).with_name("sites.json")
    target.write_text(_text({kind: _hosts(sites) for kind, sites in kinds.items()}), encoding="utf-8")


def _hosts(sites: dict[str, Iterable[str]]) -> dict[str, list[str]]:
    """Hosts alone: an address with a path would say search of every page there, or of none."""
    hosts = {
        str(name).replace("%2B", "+"): sorted({url.lower() for url in urls if "/" not in url})
        for name, urls in sites.items()
    }
    return {name: hosts[name] for name in sorted(hosts) if hosts[name]}


def _text(kinds: dict[str, dict[str, list[str]]]) -> str:
    """One site a line, so that a change reads well."""
    parts = []
    for kind, sites in kinds.items():
        lines = ",\n".join(f"{json.dumps(n, ensure_ascii=False)}: {json.dumps(h)}" for n, h in sites.items())
        parts.append(f'"{kind}": {{\n{lines}\n}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
