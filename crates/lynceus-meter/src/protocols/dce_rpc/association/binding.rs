//! The interfaces that a client offers to use, and what the server answers to that.

use std::borrow::Cow;

use super::{Association, Context, End};
use crate::protocols::allowance::Rows;
use crate::protocols::dce_rpc::pdu::{self, Header, Offer, Request};
use crate::protocols::dce_rpc::{verification, DceRpcEvent};
use crate::protocols::Event;

/// Contexts of one association.
const CONTEXTS: usize = 32;
/// Result of an offer that was accepted.
const ACCEPTED: u16 = 0;
/// Result that answers an offer of features, not of an interface.
const NEGOTIATE_ACK: u16 = 3;

impl Context {
    fn new(ts_ns: i64, offer: Offer) -> Self {
        Context {
            id: offer.context,
            endpoint: match offer.known {
                Some(known) => Cow::Borrowed(known.name),
                None => Cow::Owned(offer.uuid.clone()),
            },
            offer,
            ts_ns,
            told: false,
        }
    }
}

impl Association {
    pub(super) fn bind(&mut self, ts_ns: i64, header: &Header, packet: &[u8]) {
        let (offers, all) = pdu::offers(header, packet);
        if let Some(last) = offers.last().filter(|_| !all) {
            self.offered_again = Some(last.uuid.clone());
        }
        for offer in offers {
            let context = Context::new(ts_ns, offer);
            let room = self.contexts.len() < CONTEXTS;
            match self.contexts.iter_mut().find(|c| c.id == context.id) {
                Some(known) if known.offer.uuid == context.offer.uuid => {}
                Some(known) => *known = context,
                None if room => self.contexts.push(context),
                None => {}
            }
        }
    }

    /// The context of a request whose offer was cut off. Clients offer one interface in several
    /// encodings: it is the last that was seen.
    pub(super) fn cut_off(&mut self, ts_ns: i64, request: &Request<'_>) -> Option<usize> {
        let uuid = self.offered_again.clone()?;
        let at = self.contexts.len();
        (at < CONTEXTS).then(|| {
            let offer = Offer::new(request.context, uuid);
            self.contexts.push(Context::new(ts_ns, offer));
            at
        })
    }

    /// The context of a request that was bound out of sight, where the request itself says of what.
    pub(super) fn verified(
        &mut self,
        ts_ns: i64,
        header: &Header,
        request: &Request<'_>,
    ) -> Option<usize> {
        let uuid = verification::interface(header.little, request.stub)?;
        let at = self.contexts.len();
        (at < CONTEXTS).then(|| {
            let offer = Offer::new(request.context, uuid);
            self.contexts.push(Context::new(ts_ns, offer));
            at
        })
    }

    /// Takes the answers to the newest offers. Clients offer the same interface in several
    /// encodings; it is refused only if all of them are.
    pub(super) fn bound(&mut self, header: &Header, packet: &[u8], rows: &mut Rows<'_>) {
        let answers = pdu::answers(header, packet);
        let newest = self.contexts.iter().map(|c| c.ts_ns).max();
        let offered: Vec<usize> = (0..self.contexts.len())
            .filter(|i| self.contexts.get(*i).map(|c| c.ts_ns) == newest)
            .collect();
        if offered.len() != answers.len() || self.offered_again.is_some() {
            return;
        }
        let of = |i: usize| self.contexts.get(i).map(|c| c.offer.uuid.as_str());
        let accepted = |uuid| {
            let mut both = offered.iter().zip(&answers);
            both.any(|(i, (result, _))| of(*i) == uuid && *result == ACCEPTED)
        };
        let (mut refused, mut aside) = (Vec::new(), Vec::new());
        for (i, (result, reason)) in offered.iter().zip(&answers) {
            match *result {
                ACCEPTED => {}
                NEGOTIATE_ACK => aside.push(*i),
                _ if accepted(of(*i)) => aside.push(*i),
                _ => refused.push((*i, *reason)),
            }
        }
        for i in aside {
            if let Some(context) = self.contexts.get_mut(i) {
                context.told = true;
            }
        }
        for (i, reason) in refused {
            self.tell_refusal(i, pdu::offer_refusal(reason), rows);
        }
    }

    pub(super) fn refused(&mut self, header: &Header, packet: &[u8], rows: &mut Rows<'_>) {
        let status = pdu::refusal(header, packet);
        for i in 0..self.contexts.len() {
            self.tell_refusal(i, status, rows);
            self.same_as(i);
        }
    }

    /// An interface that was told, used or set aside in one encoding need not be told in another.
    pub(super) fn same_as(&mut self, i: usize) {
        let Some(uuid) = self.contexts.get(i).map(|c| c.offer.uuid.clone()) else {
            return;
        };
        for context in &mut self.contexts {
            context.told |= context.offer.uuid == uuid;
        }
    }

    fn tell_refusal(&mut self, i: usize, status: &'static str, rows: &mut Rows<'_>) {
        let end = End {
            status: Some(Cow::Borrowed(status)),
            fault: Some(true),
        };
        self.tell_context(i, end, rows);
    }

    pub(super) fn tell_context(&mut self, i: usize, end: End, rows: &mut Rows<'_>) {
        let Some(context) = self.contexts.get_mut(i).filter(|c| !c.told) else {
            return;
        };
        context.told = true;
        let (ts_ns, endpoint) = (context.ts_ns, context.endpoint.clone());
        rows.tell(Event::DceRpc(Box::new(DceRpcEvent {
            endpoint: Some(endpoint),
            ..self.row(ts_ns, end)
        })));
    }
}
