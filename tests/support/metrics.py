"""Metrics as Prometheus reads them."""


def parse_metrics(text: str) -> dict[str, float]:
    """Return the values of Prometheus's text format by name and labels."""
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}
