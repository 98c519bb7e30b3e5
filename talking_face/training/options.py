"""A training configuration's fields as command-line options."""

import dataclasses


def add_options(parser, config):
    """Give `parser` an option for each field of the dataclass `config`, with its type and default."""
    for field in dataclasses.fields(config):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)


def read_options(args, config):
    """The configuration that the parsed `args` ask for."""
    return config(**{field.name: getattr(args, field.name) for field in dataclasses.fields(config)})
