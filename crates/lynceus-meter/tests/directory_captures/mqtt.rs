//! MQTT: logins and topics.

use crate::{flows, seen, text};

#[test]
fn mqtt_logins_and_topics() {
    let folder = "protocol-pcaps/suricata-verify";
    for (name, version, client, published, subscribed) in [
        ("mqtt31-pub-qos1__input", "3.1", "myvoiceismypassport", 1, 0),
        (
            "mqtt311-pub-qos2__input",
            "3.1.1",
            "myvoiceismypassport",
            1,
            0,
        ),
        (
            "mqtt5-pub-userpass__input",
            "5.0",
            "myvoiceismypassport",
            1,
            0,
        ),
        (
            "mqtt5-sub-userpass__input",
            "5.0",
            "myvoiceismypassport",
            0,
            2,
        ),
        (
            "mqtt31-unsub-qos2__input",
            "3.1",
            "myvoiceismypassport",
            0,
            1,
        ),
    ] {
        let Some(seen) = seen(&format!("{folder}/{name}.pcap")) else {
            return;
        };
        assert_eq!(flows(&seen, "mqtt"), 1, "{name}");
        let rows = rows_of!(seen, Mqtt);
        let [row] = rows.as_slice() else {
            panic!("{name}: {rows:?}");
        };
        assert_eq!(text(&row.proto_version), version, "{name}");
        assert_eq!(text(&row.client_id), client, "{name}");
        assert_eq!(text(&row.username), "user", "{name}");
        assert_eq!(row.password_seen, Some(true), "{name}");
        assert_eq!(text(&row.connect_status), "Connection Accepted", "{name}");
        assert_eq!(row.published, Some(published), "{name}");
        let topics = row.subscribe_topics.as_ref().map(Vec::len);
        assert_eq!(topics, Some(subscribed), "{name}");
    }
}

#[test]
fn mqtt_refused_and_from_the_middle() {
    let folder = "protocol-pcaps/suricata-verify";
    let name = format!("{folder}/mqtt-connect-rules-2__mqtt5_pub_jpeg_connack134.pcap");
    let Some(refused) = seen(&name) else { return };
    let row = &rows_of!(refused, Mqtt)[0];
    assert_eq!(
        text(&row.connect_status),
        "Refused: bad user name or password"
    );
    assert_eq!(row.published_bytes, Some(35_758));
    let name = format!("{folder}/mqtt-midstream-split__mqtt-midstream-split.pcap");
    let middle = seen(&name).expect("there");
    let row = &rows_of!(middle, Mqtt)[0];
    assert_eq!(
        row.publish_topics.as_deref(),
        Some(&["topicX".to_owned()][..])
    );
    let odd_port = seen("ndpi-apps/coap_mqtt.pcap").expect("there");
    assert_eq!(flows(&odd_port, "mqtt"), 4);
}
