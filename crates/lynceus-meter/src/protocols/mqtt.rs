//! MQTT 3.1, 3.1.1 and 5 over TCP: one row a connection, told when it ends and anew for each hour
//! that it lasts.
//!
//! Rules: who sends CONNECT, subscribes or pings is the client, else the originator. A password is never kept, that
//! one was sent is; of a will its topic alone. Of a packet [`KEEP_BYTES`] are read, payloads are
//! passed over and counted. Of the topics of each kind [`TOPICS`] are kept. A connection is
//! recognised by CONNECT; in its middle when both sides send packets, with a topic where the port
//! is not its own.

mod packet;

use std::borrow::Cow;

use super::allowance::ROW_NS;
use super::columns::event_table;
use super::frames::{Frames, Length, Unread};
use super::stream::Chunk;
use super::{Door, Event, Opening, Parser, Progress, Verdict};
use crate::packet::proto;
use packet::{Connect, Kind, Publish};

/// Port of the protocol in the clear.
const PORT: u16 = 1883;
/// Bytes of a packet that are read.
const KEEP_BYTES: usize = 8 * 1024;
/// Topics of one kind kept of a row.
const TOPICS: usize = 64;

event_table! {
    /// One MQTT connection.
    MqttEvent / MqttTable = "mqtt" {
        /// 3.1, 3.1.1 or 5.0.
        proto_version: Option<Cow<'static, str>>,
        /// Client id.
        client_id: Option<String>,
        /// User name.
        username: Option<String>,
        /// A password was sent in the clear.
        password_seen: Option<bool>,
        /// Topic of the will.
        will_topic: Option<String>,
        /// How the server answered.
        connect_status: Option<Cow<'static, str>>,
        /// Topics subscribed to.
        subscribe_topics: Option<Vec<String>>,
        /// Topics the client published to.
        publish_topics: Option<Vec<String>>,
        /// Topics the client was sent.
        received_topics: Option<Vec<String>>,
        /// Messages the client published.
        published: Option<u64>,
        /// Messages the client was sent.
        received: Option<u64>,
        /// Bytes of the messages published.
        published_bytes: Option<u64>,
        /// Bytes of the messages sent to the client.
        received_bytes: Option<u64>,
    }
}

/// MQTT over TCP.
pub(crate) const DOOR: Door = Door {
    protocol: proto::TCP,
    service: |_| "mqtt",
    probe,
    open: |_| Box::<MqttParser>::default(),
};

fn probe(opening: &Opening<'_>) -> Verdict {
    let verdicts = [opening.orig, opening.resp].map(packet::begins_connect);
    if verdicts.contains(&Verdict::Yes) {
        return Verdict::Yes;
    }
    let both = !opening.orig.is_empty() && !opening.resp.is_empty();
    let on_port = opening.has_port(PORT);
    let in_the_middle = both
        && packet::are_packets(opening.orig)
        && packet::are_packets(opening.resp)
        && (on_port || packet::names_a_topic(opening.orig) || packet::names_a_topic(opening.resp));
    if in_the_middle {
        Verdict::Yes
    } else if verdicts.contains(&Verdict::Maybe) || (on_port && !both) {
        Verdict::Maybe
    } else {
        Verdict::No
    }
}

fn frame(bytes: &[u8]) -> Length {
    packet::length(bytes)
}

/// The parser of one connection.
#[derive(Debug)]
struct MqttParser {
    client_is_orig: Option<bool>,
    /// Version that CONNECT states.
    level: Option<u8>,
    orig: Frames,
    resp: Frames,
    row: Option<MqttEvent>,
}

impl Default for MqttParser {
    fn default() -> Self {
        MqttParser {
            client_is_orig: None,
            level: None,
            orig: Frames::new(KEEP_BYTES),
            resp: Frames::new(KEEP_BYTES),
            row: None,
        }
    }
}

/// Adds a topic that is not there yet.
fn add(list: &mut Option<Vec<String>>, topic: String) {
    let list = list.get_or_insert_with(Vec::new);
    if list.len() < TOPICS && !list.contains(&topic) {
        list.push(topic);
    }
}

fn grow(counter: &mut Option<u64>, by: u64) {
    *counter = Some(counter.unwrap_or(0).saturating_add(by));
}

fn fresh(ts_ns: i64) -> MqttEvent {
    MqttEvent {
        ts_ns,
        subscribe_topics: Some(Vec::new()),
        publish_topics: Some(Vec::new()),
        received_topics: Some(Vec::new()),
        published: Some(0),
        received: Some(0),
        published_bytes: Some(0),
        received_bytes: Some(0),
        ..MqttEvent::default()
    }
}

impl MqttParser {
    /// The row that is gathered, a new one when the last has lasted long enough.
    fn row(&mut self, ts_ns: i64, out: &mut Vec<Event>) -> &mut MqttEvent {
        let old = self
            .row
            .take_if(|row| ts_ns.saturating_sub(row.ts_ns) > ROW_NS);
        if let Some(old) = old {
            let next = MqttEvent {
                proto_version: old.proto_version.clone(),
                client_id: old.client_id.clone(),
                username: old.username.clone(),
                password_seen: old.password_seen,
                will_topic: old.will_topic.clone(),
                connect_status: old.connect_status.clone(),
                ..fresh(ts_ns)
            };
            out.push(Event::Mqtt(Box::new(old)));
            self.row = Some(next);
        }
        self.row.get_or_insert_with(|| fresh(ts_ns))
    }

    fn packet(&mut self, bytes: &[u8], from_orig: bool, ts_ns: i64, out: &mut Vec<Event>) {
        let level = self.level;
        match packet::kind(bytes) {
            Some(Kind::Connect) => {
                let Some(connect) = Connect::read(bytes) else {
                    return;
                };
                self.client_is_orig = Some(from_orig);
                self.level = Some(connect.level);
                let row = self.row(ts_ns, out);
                row.proto_version = Some(packet::version_name(connect.level));
                row.client_id = connect.client_id;
                row.username = connect.username;
                row.password_seen = Some(connect.password_seen);
                row.will_topic = connect.will_topic;
            }
            Some(Kind::ConnectAck) => {
                self.client_is_orig.get_or_insert(!from_orig);
                if let Some(code) = packet::connect_code(bytes) {
                    self.row(ts_ns, out).connect_status = Some(packet::status_name(code));
                }
            }
            Some(Kind::Publish) => {
                let from_client = from_orig == self.client_is_orig.unwrap_or(true);
                let Some(publish) = Publish::read(bytes, level) else {
                    return;
                };
                let row = self.row(ts_ns, out);
                let (count, total, topics) = match from_client {
                    true => (
                        &mut row.published,
                        &mut row.published_bytes,
                        &mut row.publish_topics,
                    ),
                    false => (
                        &mut row.received,
                        &mut row.received_bytes,
                        &mut row.received_topics,
                    ),
                };
                grow(count, 1);
                grow(total, publish.payload_bytes);
                if let Some(topic) = publish.topic {
                    add(topics, topic);
                }
            }
            Some(Kind::Subscribe) => {
                self.client_is_orig.get_or_insert(from_orig);
                let topics = packet::subscribe_topics(bytes, level);
                let row = self.row(ts_ns, out);
                for topic in topics {
                    add(&mut row.subscribe_topics, topic);
                }
            }
            Some(Kind::Ping) => {
                self.client_is_orig.get_or_insert(from_orig);
            }
            Some(Kind::PingAnswer) => {
                self.client_is_orig.get_or_insert(!from_orig);
            }
            None => {}
        }
    }
}

impl Parser for MqttParser {
    fn may_hand_over(&self) -> bool {
        false
    }

    fn parse(&mut self, chunk: &Chunk<'_>, out: &mut Vec<Event>) -> Progress {
        self.row.get_or_insert_with(|| fresh(chunk.ts_ns));
        let mut unread = Unread::of(chunk);
        let begins = |data: &[u8]| packet::are_packets(data);
        loop {
            let frames = if chunk.from_orig {
                &mut self.orig
            } else {
                &mut self.resp
            };
            let Some(packet) = frames.take(&mut unread, begins, frame).map(Cow::into_owned) else {
                break;
            };
            self.packet(&packet, chunk.from_orig, chunk.ts_ns, out);
        }
        Progress::More
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        if let Some(row) = self.row.take() {
            out.push(Event::Mqtt(Box::new(row)));
        }
    }
}

#[cfg(test)]
#[path = "mqtt/mqtt_test.rs"]
mod tests;
