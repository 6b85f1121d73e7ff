"""JSON schemas as servers that enforce them want them."""

from pydantic import JsonValue

Schema = dict[str, JsonValue]


def strict(schema: Schema) -> Schema | None:
    """The schema in the form that OpenAI calls strict, or None where it cannot be brought into it.

    Strict mode wants every property required and no others, and knows no defaults and no maps with
    free keys (OpenAI, "Structured model outputs", supported schemas).

    Args:
        schema: As pydantic writes it.
    """
    try:
        found = _stricter(schema)
    except _FreeMapError:
        return None
    return found if isinstance(found, dict) else None


class _FreeMapError(Exception):
    """An object with free keys."""


def _stricter(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_stricter(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "object" and not value.get("properties"):
        raise _FreeMapError
    properties = value.get("properties")
    kept: Schema = {
        name: part for name, part in value.items() if name not in {"default", "properties"}
    }
    changed: Schema = {name: _stricter(part) for name, part in kept.items()}
    if isinstance(properties, dict):
        changed["properties"] = {name: _stricter(part) for name, part in properties.items()}
        changed["required"] = list(properties)
        changed["additionalProperties"] = False
    return changed
