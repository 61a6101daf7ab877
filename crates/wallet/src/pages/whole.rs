//! Whole: what a press began is done to its end, whether or not its browser waits. A browser in which a button is pressed twice
//! hangs up on the first: without this that one would be cut off wherever it was, and the second would begin anew.

use axum::{
    extract::Request,
    middleware::{self, Next},
    response::Response,
    routing::MethodRouter,
};

use crate::engine::came_of;

/// This press, done to its end. For what moves money, counts, or is made once; what is merely asked ends with whoever asked.
pub(super) fn whole<S: Clone + Send + Sync + 'static>(pressed: MethodRouter<S>) -> MethodRouter<S> {
    pressed.layer(middleware::from_fn(finish))
}

async fn finish(request: Request, next: Next) -> Response {
    came_of(tokio::spawn(next.run(request))).await
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use axum::{Router, routing::post};
    use tokio::{
        io::AsyncWriteExt,
        net::{TcpListener, TcpStream},
        sync::{Notify, mpsc},
    };

    use super::whole;

    /// A press that has begun waits until it may go on, and says that it came to its end.
    async fn pressed(may: Arc<Notify>, say: mpsc::Sender<&'static str>) {
        say.send("begun").await.unwrap();
        may.notified().await;
        say.send("done").await.unwrap();
    }

    #[tokio::test]
    async fn a_press_is_done_to_its_end_when_its_browser_hangs_up() {
        let may = Arc::new(Notify::new());
        let (say, mut heard) = mpsc::channel(2);
        let press = {
            let may = may.clone();
            post(move || pressed(may.clone(), say.clone()))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let router = Router::new().route("/", whole(press));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut browser = TcpStream::connect(at).await.unwrap();
        let request = b"POST / HTTP/1.1\r\nhost: wallet\r\ncontent-length: 0\r\n\r\n";
        browser.write_all(request).await.unwrap();
        assert_eq!(heard.recv().await, Some("begun"));
        drop(browser);
        // Time to notice that nobody listens. Whoever were cut off by that would hear nothing of what comes next.
        tokio::time::sleep(Duration::from_millis(200)).await;
        may.notify_one();
        let done = tokio::time::timeout(Duration::from_secs(60), heard.recv()).await;
        assert_eq!(done, Ok(Some("done")));
    }
}
