"""The table `[cluster]` of the configuration: where the rows of all sensors meet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lynceus.own.toml_file import TomlFile
from lynceus.own.toml_table import checked, table_of


@dataclass(frozen=True)
class ClusterConfig:
    """How sensors, workers and the correlator reach each other."""

    brokers: str = "127.0.0.1:9092"
    """`host:port` of Apache Kafka, several with commas between."""
    prefix: str = "lynceus"
    """All topics begin so."""
    partitions: int = 12
    """Partitions of each route, made when its topic is: the most workers that share it."""
    replicas: int = 1
    """Copies of each partition; 3 where there are three brokers."""
    tls: bool = False
    """Whether connections are TLS."""
    ca_file: str = ""
    """The certificates that are trusted; left out: those of the system."""
    username: str = ""
    """The name to log in with, by SCRAM-SHA-512 over TLS."""
    password_file: str = ""
    """The file that holds the password."""
    password_env: str = ""
    """The environment variable that holds the password."""
    sensor: str = "sensor"
    """The name of this sensor; it goes on where one of this name stopped."""
    checkpoint_s: float = 2.0
    """Seconds between transactions: findings and rows are seen by others so much later."""
    session_s: float = 10.0
    """A worker that was not heard of for so long has lost its partitions."""
    windows_bytes: int = 256 << 20
    """What the open windows of one partition of a route may hold in a worker's memory; beyond it
    groups of few rows are forgotten. The same for all workers: findings depend on it."""
    abandon_s: float = 3600.0
    """A sensor whose time is so far behind that of the others is not waited for."""

    @staticmethod
    def load(path: str | Path) -> ClusterConfig:
        """That of a configuration. Raises `lynceus.own.OwnFileError`."""
        file = TomlFile.load(path)
        table = file.tables.get("cluster", {})
        return ClusterConfig(**checked(file, table_of(ClusterConfig), table, "[cluster"))
