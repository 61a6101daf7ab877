//! Notify: takes notices out of the outbox and tells merchants, as CloudEvents 1.0. A notice leaves the outbox when it was heard.

use std::{sync::Arc, time::Duration};

use carrier::{Notice, NoticeId, NoticeKind, Told};
use serde_json::{Value, json};
use store::Fault;
use tokio::{sync::watch, task::JoinSet};
use units::OrderId;

use super::sink::{Heard, Sinks};
use crate::carrier::Counter;

/// How often the outbox is looked at.
const SWEEP: Duration = Duration::from_millis(300);
/// How many are told at once.
const AT_ONCE: usize = 16;

/// Tells until `stop`.
pub(in crate::carrier) async fn run(counter: Arc<Counter>, sinks: Sinks, mut stop: watch::Receiver<bool>) {
    let sinks = Arc::new(sinks);
    while tokio::time::timeout(SWEEP, stop.wait_for(|stop| *stop)).await.is_err() {
        let due = counter
            .office
            .look::<_, Fault>(|carrier, view, now| carrier.notices_due(view, now, AT_ONCE))
            .await;
        let mut under_way = JoinSet::new();
        for (id, told) in due.unwrap_or_default() {
            under_way.spawn(tell(counter.clone(), sinks.clone(), id, told));
        }
        while under_way.join_next().await.is_some() {}
    }
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
