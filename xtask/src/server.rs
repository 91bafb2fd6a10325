//! A server of static files for one person at this machine: the built page with its headers. It reads one folder, answers GET
//! and HEAD, and is no server for others.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    thread,
    time::Duration,
};

use crate::policy;

/// Most bytes of a request's head.
const MOST_HEAD: u64 = 16 << 10;

/// How long a request may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is said while there is no page yet.
const NOT_YET: &str = "The page is still being built; this takes minutes the first time. It reloads by itself.";

/// Serves a folder to this machine until the process ends.
pub(crate) fn serve(listener: TcpListener, folder: PathBuf) {
    let port = listener.local_addr().map_or(0, |address| address.port());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            thread::spawn(move || {
                // Who asked may have gone: nobody is left to be told.
                drop(answer(stream, &folder, port));
            });
        }
    });
}

/// What a request gets.
struct Answer {
    status: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn refusal(status: &'static str) -> Self {
        Self { status, headers: vec![header("Content-Type", "text/plain")], body: status.into() }
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.into(), value.into())
}

fn answer(mut stream: TcpStream, folder: &Path, port: u16) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.try_clone()?.take(MOST_HEAD)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut host = String::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("host")
        {
            value.trim().clone_into(&mut host);
        }
    }
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let answer = if ![format!("127.0.0.1:{port}"), format!("localhost:{port}")].contains(&host) {
        // A page elsewhere whose name was made to mean this machine.
        Answer::refusal("403 Forbidden")
    } else if !["GET", "HEAD"].contains(&method) {
        Answer::refusal("405 Method Not Allowed")
    } else {
        find(folder, target)
    };
    let mut head =
        format!("HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    if method != "HEAD" {
        stream.write_all(&answer.body)?;
    }
    Ok(())
}

/// The file that a request's target names.
fn find(folder: &Path, target: &str) -> Answer {
    let Some(path) = inside(target) else { return Answer::refusal("404 Not Found") };
    let Ok(body) = fs::read(folder.join(&path)) else {
        if path == Path::new("index.html") {
            let headers = vec![header("Content-Type", "text/plain"), header("Refresh", "5")];
            return Answer { status: "503 Service Unavailable", headers, body: NOT_YET.into() };
        }
        return Answer::refusal("404 Not Found");
    };
    let mut headers = policy::headers(&fs::read_to_string(folder.join(policy::HEADERS)).unwrap_or_default());
    headers.push(header("Content-Type", kind(&path)));
    headers.push(header("Cache-Control", "no-store"));
    Answer { status: "200 OK", headers, body }
}

/// The path of a request's target within the folder; nothing where it would lead out of it.
fn inside(target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    // The page's own files need no escapes.
    if path.contains(['%', '\\', ':', '\0']) {
        return None;
    }
    let mut path = PathBuf::from(path);
    if path.as_os_str().is_empty() {
        path.push("index.html");
    }
    path.components().all(|part| matches!(part, Component::Normal(_))).then_some(path)
}

/// The media type by a file's name.
fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("json" | "webmanifest") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn targets_stay_inside() {
        assert_eq!(inside("/"), Some("index.html".into()));
        assert_eq!(inside("/a/b.js?x#y"), Some("a/b.js".into()));
        for target in ["/../secret", "/a/../../b", "//etc/passwd", "/%2e%2e/secret", "/c:/x", "/..\\x", "a", ""] {
            assert_eq!(inside(target), None, "{target}");
        }
    }

    #[test]
    fn files_come_with_their_type_and_the_policy() {
        let folder = std::env::temp_dir().join(format!("lanevm-server-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        serve(listener, folder.clone());
        let get = |path: &str, host: &str| ask(port, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        let own = format!("127.0.0.1:{port}");
        assert!(get("/", &own).starts_with("HTTP/1.1 503 "));
        fs::write(folder.join("index.html"), "<html><head></head></html>").unwrap();
        fs::write(folder.join("a.wasm"), "wasm").unwrap();
        policy::seal(&folder).unwrap();
        let page = get("/", &own);
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(
            page.contains("\r\nContent-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ")
        );
        assert!(page.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"));
        let module = get("/a.wasm", &own);
        assert!(module.contains("application/wasm") && module.contains("Content-Security-Policy"), "{module}");
        assert!(module.ends_with("\r\n\r\nwasm"));
        assert!(get("/", "evil.example").starts_with("HTTP/1.1 403 "));
        assert!(get("/none", &own).starts_with("HTTP/1.1 404 "));
        assert!(get("/../Cargo.toml", &own).starts_with("HTTP/1.1 404 "));
        assert!(ask(port, &format!("POST / HTTP/1.1\r\nHost: {own}\r\n\r\n")).starts_with("HTTP/1.1 405 "));
        let head = ask(port, &format!("HEAD /a.wasm HTTP/1.1\r\nHost: {own}\r\n\r\n"));
        assert!(head.contains("Content-Length: 4\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
