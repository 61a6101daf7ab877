//! Notify: takes notices out of the outbox and tells merchants, as CloudEvents 1.0. A notice leaves the outbox when it was heard.

use std::{collections::HashMap, sync::Arc, time::Duration};

use carrier::{Notice, NoticeId, NoticeKind, Told};
use serde_json::{Value, json};
use store::Fault;
use tokio::{
    sync::watch,
    task::{Id, JoinSet},
};
use units::OrderId;

use super::sink::{Heard, Sinks};
use crate::carrier::Counter;

/// How often the outbox is looked at.
const SWEEP: Duration = Duration::from_millis(300);
/// How many are told at once, and how many of them to one address: a merchant who does not answer holds up nobody else.
const AT_ONCE: usize = 16;
const TO_ONE: usize = 2;
/// How far down the outbox those are looked for.
const LOOKED_AT: usize = 512;

/// Who is being told now.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<()>,
    told: HashMap<Id, (NoticeId, String)>,
}

impl UnderWay {
    /// Forgets those that have come to an end.
    fn sweep(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            let id = ended.map_or_else(|broken| broken.id(), |(id, ())| id);
            self.told.remove(&id);
        }
    }

    /// Is there room for one more, to this address?
    fn takes(&self, id: NoticeId, url: &str) -> bool {
        let to_it = self.told.values().filter(|(_, to)| to == url).count();
        self.told.len() < AT_ONCE && to_it < TO_ONE && !self.told.values().any(|(told, _)| *told == id)
    }

    fn add(&mut self, id: NoticeId, url: String, work: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(work).id();
        self.told.insert(task, (id, url));
    }
}

/// Tells until `stop`.
pub(in crate::carrier) async fn run(counter: Arc<Counter>, sinks: Sinks, mut stop: watch::Receiver<bool>) {
    let sinks = Arc::new(sinks);
    let mut under_way = UnderWay::default();
    while tokio::time::timeout(SWEEP, stop.wait_for(|stop| *stop)).await.is_err() {
        under_way.sweep();
        let due = counter
            .office
            .look::<_, Fault>(|carrier, view, now| carrier.notices_due(view, now, LOOKED_AT))
            .await;
        for (id, told) in due.unwrap_or_default() {
            let url = told.sink.url.clone();
            if under_way.takes(id, &url) {
                under_way.add(id, url, tell(counter.clone(), sinks.clone(), id, told));
            }
        }
    }
    while under_way.tasks.join_next().await.is_some() {}
}

async fn tell(counter: Arc<Counter>, sinks: Arc<Sinks>, id: NoticeId, told: Told) {
    let name = format!("{}-{}", OrderId(id.0), id.1);
    let body = event(&counter.address, &name, &told.notice).to_string();
    let heard = sinks.tell(&told.sink, &name, body, counter.office.clock.now()).await;
    let noted = counter
        .office
        .commit::<_, Fault>(move |carrier, tx, now, _| match heard {
            Heard::Yes => carrier.notice_heard(tx, id),
            Heard::No => carrier.notice_failed(tx, id, false, now),
            Heard::Gone => carrier.notice_failed(tx, id, true, now),
        })
        .await;
    if let Err(no) = noted {
        tracing::warn!(target: "keyfare::carrier", code = no.code(), "a notice was not marked; it is told again");
    }
}

/// A notice as a CloudEvent.
fn event(source: &str, id: &str, notice: &Notice) -> Value {
    use NoticeKind as K;
    let (kind, well, text) = match notice.kind {
        K::PendingValidation => (
            "carrier-billing.v0.payment-pending-validation",
            true,
            "The payment waits for its code",
        ),
        K::Reserved => ("carrier-billing.v0.payment-reserved", true, "The amount is reserved"),
        K::Completed => ("carrier-billing.v0.payment-completed", true, "The payment is completed"),
        K::Cancelled => ("carrier-billing.v0.payment-cancelled", true, "The payment is cancelled"),
        K::Denied => ("carrier-billing.v0.payment-denied", false, "The payment is denied"),
        K::RefundCompleted => (
            "carrier-billing-refund.v0.refund-completed",
            true,
            "The refund is completed",
        ),
        K::RefundDenied => ("carrier-billing-refund.v0.refund-denied", false, "The refund is denied"),
        K::RefundInBill => (
            "carrier-billing-refund.v0.refund-in-bill",
            true,
            "The refund stands on the next bill",
        ),
    };
    let at = notice.at.to_string();
    let mut data = json!({
        "paymentId": notice.payment.to_string(),
        "status": if well { "succeeded" } else { "failed" },
        "description": notice.why.as_deref().unwrap_or(text),
    });
    if let Some(refund) = notice.refund {
        data["refundId"] = refund.to_string().into();
    }
    match notice.kind {
        K::Completed => data["paymentDate"] = at.clone().into(),
        K::RefundCompleted => data["refundDate"] = at.clone().into(),
        K::Denied | K::RefundDenied => data["denialReason"] = notice.why.as_deref().unwrap_or(text).into(),
        _ => {}
    }
    json!({
        "id": id,
        "source": source,
        "type": format!("org.camaraproject.{kind}"),
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "time": at,
        "data": data,
    })
}
