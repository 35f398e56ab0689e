"""Certificates for tests, made by openssl: self-signed, so that each is its own authority."""

import subprocess
from pathlib import Path


def certificate(folder: Path, name: str, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """Certificate and key (PEM) of the peer at this IP address."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={name}"
    files = ("-addext", f"subjectAltName=IP:{address}", "-keyout", key, "-out", cert)
    subprocess.run(["openssl", *words.split(), *files], check=True, capture_output=True)
    return cert, key
