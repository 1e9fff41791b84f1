"""Beyond one machine: sensors publish rows to Apache Kafka, workers detect, findings meet again.

sensor -> one topic for each key -> workers, a partition an engine -> findings -> correlator
"""
