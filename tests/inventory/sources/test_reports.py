"""`nmap_xml`, `nessus_xml`, `openvas_xml`, and lists (`asset_list`, `vulnerability_list`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.reading_sources import reasons, said
from lynceus.intel.web import FeedError

NMAP = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -O -oX" start="1714644000" xmloutputversion="1.05">
<host starttime="1714643990" endtime="1714644000"><status state="up" reason="arp-response"/>
<address addr="192.0.2.40" addrtype="ipv4"/>
<address addr="00:50:56:AA:BB:CC" addrtype="mac" vendor="VMware"/>
<hostnames><hostname name="web.example" type="PTR"/></hostnames>
<ports><port protocol="tcp" portid="443"><state state="open"/></port></ports>
<os><osmatch name="Linux 5.4" accuracy="96"/><osmatch name="Linux 6" accuracy="91"/></os></host>
<host><status state="down"/><address addr="192.0.2.41" addrtype="ipv4"/></host>
<host><status state="up"/><address addr="192.0.2.42" addrtype="ipv4"/>
<os><osmatch name="printer" accuracy="80"/></os></host>
</nmaprun>"""

NESSUS = """<?xml version="1.0" ?>
<NessusClientData_v2><Policy/><Report name="weekly"><ReportHost name="192.0.2.50">
<HostProperties><tag name="HOST_END_TIMESTAMP">1714644000</tag><tag name="host-ip">192.0.2.50</tag>
<tag name="operating-system">Linux Kernel 5\nLinux Kernel 6</tag>
<tag name="host-fqdn">app.example</tag>
<tag name="mac-address">00:50:56:00:00:01</tag></HostProperties>
<ReportItem port="8443" svc_name="www" protocol="tcp" severity="4" pluginID="156014"
 pluginName="Apache Log4Shell" pluginFamily="CGI"><cve>CVE-2021-44228</cve><cve>CVE-2021-45046</cve>
<cvss3_base_score>10.0</cvss3_base_score><cvss_base_score>9.3</cvss_base_score></ReportItem>
<ReportItem port="0" protocol="tcp" severity="0" pluginName="Host info"/>
<ReportItem port="22" pluginName="odd"><cve>CVE-x</cve></ReportItem>
</ReportHost></Report></NessusClientData_v2>"""

OPENVAS = """<report id="a" format_id="b" content_type="text/xml"><report id="a"><results start="1">
<result id="r1"><name>Tomcat RCE</name><host>192.0.2.60<asset asset_id="x"/>
<hostname>t</hostname></host>
<port>8080/tcp</port><nvt oid="1.3.6"><name>Tomcat RCE</name><refs>
<ref type="cve" id="CVE-2020-1938"/>
<ref type="url" id="https://example.org"/></refs></nvt><severity>9.8</severity>
<modification_time>2024-05-02T10:00:00Z</modification_time></result>
<result id="r2"><name>old form</name><host>192.0.2.61</host><port>general/tcp</port>
<nvt><cve>CVE-2014-0160, CVE-2014-0346</cve></nvt><severity>7.5</severity></result>
<result id="r3"><name>no weakness</name><host>192.0.2.62</host><nvt><cve>NOCVE</cve></nvt></result>
</results></report></report>"""


def write(folder: Path, text: str) -> Path:
    path = folder / "report"
    path.write_text(text, encoding="utf-8")
    return path


def test_hosts_of_nmap(tmp_path: Path) -> None:
    found = said("nmap_xml", write(tmp_path, NMAP))
    assert found.assets.select("place", "asset", "system", "seen_ns").rows() == [
        ("192.0.2.40", "web.example", "Linux 5.4", 1_714_644_000 * 10**9),
        ("192.0.2.42", None, None, None),
    ]
    assert found.assets["macs"].to_list() == [["00:50:56:aa:bb:cc"], []]


def test_weaknesses_of_nessus(tmp_path: Path) -> None:
    found = said("nessus_xml", write(tmp_path, NESSUS))
    assert found.assets.select("place", "asset", "system").rows() == [
        ("192.0.2.50", "app.example", "Linux Kernel 5")
    ]
    rows = found.vulnerabilities.select("place", "cve", "cvss", "port", "title").rows()
    assert rows == [
        ("192.0.2.50", "CVE-2021-44228", 10.0, 8443, "Apache Log4Shell"),
        ("192.0.2.50", "CVE-2021-45046", 10.0, 8443, "Apache Log4Shell"),
    ]
    assert list(reasons(found).values()) == ["'CVE-X' is no CVE such as CVE-2024-12345"]


def test_results_of_openvas(tmp_path: Path) -> None:
    found = said("openvas_xml", write(tmp_path, OPENVAS)).vulnerabilities
    assert found.select("place", "cve", "cvss", "port").rows() == [
        ("192.0.2.60", "CVE-2020-1938", 9.8, 8080),
        ("192.0.2.61", "CVE-2014-0160", 7.5, None),
        ("192.0.2.61", "CVE-2014-0346", 7.5, None),
    ]
    assert found["seen_ns"][0] == 1_714_644_000 * 10**9


def test_lists_of_a_person_and_of_a_scanner(tmp_path: Path) -> None:
    text = (
        "Name,IP,MAC address,Owner,Criticality\n"
        "pay-1,192.0.2.10 2001:db8::10,00-50-56-AA-BB-CC,IT,4\n"
        "twice,192.0.2.10,,,\nall,0.0.0.0/0,,,\n"
    )
    found = said("asset_list", write(tmp_path, text))
    assert found.assets.select("place", "asset", "criticality").rows() == [
        ("192.0.2.10", "pay-1", "critical"), ("2001:db8::10", "pay-1", "critical"),
    ]  # fmt: skip
    assert found.assets["macs"][0].to_list() == ["00:50:56:aa:bb:cc"]
    assert reasons(found) == {
        3: "the address stands in an earlier entry too", 4: "0.0.0.0/0 is wider than /8",
    }  # fmt: skip
    text = "IP,Hostname,Port,CVSS,NVT Name,CVEs\n192.0.2.1,h,443,7.5,Bleed,CVE-2014-0160\n,,,,x,\n"
    found = said("vulnerability_list", write(tmp_path, text))
    assert found.vulnerabilities.select("place", "cve", "cvss", "port").rows() == [
        ("192.0.2.1", "CVE-2014-0160", 7.5, 443)
    ]
    assert reasons(found) == {3: "names no CVE"}


LAUGHS = '<!ENTITY l0 "ha">' + "".join(
    f'<!ENTITY l{n} "&l{n - 1};&l{n - 1};">' for n in range(1, 40)
)


@pytest.mark.parametrize("kind", ["nmap_xml", "nessus_xml", "openvas_xml"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"<!DOCTYPE r [{LAUGHS}]><r>&l39;</r>", "line 1: declares entities"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', "declares entities"),
        ('<!DOCTYPE r [<!ENTITY % x "y">]><r/>', "declares entities"),
        ("<rss/>", "line 1: is a document <rss>, expected <"),
        ("", "is empty, expected XML"),
        ("{}", "line 1: is no XML: not well-formed"),
        ("<html><body/></html>", "a page for a browser"),
    ],
)
def test_a_document_that_is_none_is_one_line(
    tmp_path: Path, kind: str, text: str, told: str
) -> None:
    with pytest.raises(FeedError) as error:
        said(kind, write(tmp_path, text))
    assert str(error.value).startswith("feed site: ")
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_report_that_ends_in_the_middle_or_goes_deep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="line 7: is no XML: no element found"):
        said("nmap_xml", write(tmp_path, "\n".join(NMAP.splitlines()[:7]) + "\n<host>"[:0]))
    deep = "<nmaprun><host>" + "<a>" * 100_000
    with pytest.raises(FeedError, match="is nested too deeply"):
        said("nmap_xml", write(tmp_path, deep))
    long = f"<nmaprun><host><address addr='{'9' * 3_000_000}' addrtype='ipv4'/></host></nmaprun>"
    assert reasons(said("nmap_xml", write(tmp_path, long)))[1].endswith("is no address or network")
