"""Analyse a capture (or logs, or a list) and print what to act on.

python examples/incidents_of_a_capture.py office-day.pcap
"""

import sys

import lynceus

analysis = lynceus.analyze(sys.argv[1:])
print("inside:", analysis.home.why)
for incident in analysis.incidents:
    print(f"{incident.severity:<8} {incident.score:3.0f}  {incident.title}")
    for sentence in incident.sentences:
        print(f"    {sentence.text}  {list(sentence.findings)}")
