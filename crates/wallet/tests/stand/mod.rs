//! A person's wallet with its pages over real HTTP, and a browser and a program that use them.
#![allow(dead_code, reason = "every test file uses its own part of it")]

use std::sync::Arc;

use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use wallet::{
    agent::Agent,
    pages::{self, Address, Desk},
    player::Watch,
};

use crate::town::Person;

/// A person's wallet on a port, and a browser that knows it.
pub struct Stand {
    pub person: Person,
    pub desk: Arc<Desk>,
    pub origin: String,
    pub base: String,
    pub client: Client,
    pub agent: Agent,
}

pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split(from)
        .nth(1)
        .unwrap_or_else(|| panic!("no {from} in {text}"))
        .split(to)
        .next()
        .unwrap()
}

impl Stand {
    pub async fn of(person: Person) -> Self {
        let listener = pages::bind(0).await.unwrap();
        let at = listener.local_addr().unwrap();
        let desk = Desk::new(person.wallet.clone(), Address::of(at), None, Watch::default()).unwrap();
        tokio::spawn(pages::serve(Arc::clone(&desk), listener, std::future::pending()));
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let agent = Agent::at(person.wallet.home(), &at.to_string()).await.unwrap();
        let (origin, code) = (
            format!("http://{at}"),
            desk.invite().split('#').nth(1).unwrap().to_owned(),
        );
        let mut stand = Self {
            person,
            desk,
            origin,
            base: String::new(),
            client,
            agent,
        };
        stand.base = place(&stand.form("/open", &[("code", &code)]).await)
            .trim_end_matches('/')
            .to_owned();
        stand
    }
    pub async fn page_in(&self, path: &str, lang: &str) -> String {
        let url = format!("{}{}{path}", self.origin, self.base);
        let answer = self
            .client
            .get(url)
            .header(header::ACCEPT_LANGUAGE, lang)
            .send()
            .await
            .unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }
    pub async fn page(&self, path: &str) -> String {
        self.page_in(path, "en").await
    }
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body: Vec<String> = fields.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let request = self.client.post(format!("{}{path}", self.origin));
        let kind = "application/x-www-form-urlencoded";
        let request = request
            .header(header::CONTENT_TYPE, kind)
            .header(header::ORIGIN, &self.origin);
        request.body(body.join("&")).send().await.unwrap()
    }
    pub async fn submit(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut all = vec![("token", between(page, "name=\"token\" value=\"", "\""))];
        all.extend_from_slice(fields);
        self.form(&format!("{}{path}", self.base), &all).await
    }
    /// A file in an upload, as a browser sends it.
    pub async fn upload(&self, token: &str, file: &[u8], origin: Option<&str>) -> Response {
        let mut body = format!("--x\r\ncontent-disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n").into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let mut request = self
            .client
            .post(format!("{}{}/letters", self.origin, self.base))
            .body(body);
        request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        request.send().await.unwrap()
    }
    pub async fn open(&self, page: &str, file: &[u8]) -> Response {
        let token = between(page, "name=\"token\" value=\"", "\"").to_owned();
        self.upload(&token, file, Some(&self.origin)).await
    }
    pub async fn frame(&self, token: &str, frame: Vec<u8>) -> Response {
        let request = self
            .client
            .post(format!("{}{}/scan", self.origin, self.base))
            .body(frame);
        let request = request
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("keyfare-form", token);
        request.header(header::ORIGIN, &self.origin).send().await.unwrap()
    }
    /// The file that a page with a letter offers.
    pub async fn file(&self, at: &str) -> Vec<u8> {
        let url = format!("{}{}{at}/file", self.origin, self.base);
        let answer = self.client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let name = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap();
        // What brings no key, but says that none comes, is not named after the work.
        let of_no_work = ["Locked%20copy.wish", "Keyfare.key"];
        assert!(
            name.contains("Night%20Ferry.") || of_no_work.iter().any(|end| name.ends_with(end)),
            "{name}"
        );
        answer.bytes().await.unwrap().to_vec()
    }
    /// Where an answer leads, below the page key.
    pub fn path(&self, answer: &Response) -> String {
        place(answer).strip_prefix(&self.base).unwrap().to_owned()
    }
}

pub fn place(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}
