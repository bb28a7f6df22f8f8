//! Servers on loopback: one that answers the same bytes to everybody, and one that passes requests
//! on to a proxy and keeps what that answered.

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use crate::exchange::{Answer, Request, read_request};

/// Answers every request with the same bytes, and closes the connection.
///
/// # Panics
///
/// Where there is no free port.
pub fn answering(bytes: &[u8]) -> String {
    let bytes: Arc<[u8]> = bytes.into();
    serve(move |mut connection| {
        read_request(&mut BufReader::new(connection.try_clone()?))?;
        connection.write_all(&bytes)
    })
}

/// A port of this machine on which nobody listens: no system gives it out as a free one.
pub const NOBODY: &str = "http://127.0.0.1:1";

/// What a proxy answered, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Overheard(Arc<(Mutex<Heard>, Condvar)>);

#[derive(Debug, Default)]
struct Heard {
    answers: Vec<Answer>,
    under_way: usize,
}

impl Overheard {
    fn change(&self, change: impl FnOnce(&mut Heard)) {
        change(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.1.notify_all();
    }

    /// The answers so far. Waits for those under way: a client may have all it needs of one before
    /// its last byte.
    pub fn answers(&self) -> Vec<Answer> {
        let heard = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = self
            .0
            .1
            .wait_while(heard, |heard| heard.under_way > 0)
            .unwrap_or_else(PoisonError::into_inner);
        heard.answers.clone()
    }
}

/// Passes each request on to `base_url` and hands its answer back as it comes.
///
/// # Panics
///
/// Where there is no free port, or the base URL is no `http://HOST:PORT`.
pub fn overhearing(base_url: &str) -> (String, Overheard) {
    let proxy = base_url.strip_prefix("http://").expect("http").to_owned();
    let overheard = Overheard::default();
    let heard = overheard.clone();
    let url = serve(move |mut client| {
        let Some(request) = read_request(&mut BufReader::new(client.try_clone()?))? else {
            return Ok(());
        };
        heard.change(|heard| heard.under_way += 1);
        let answer = pass_on(&request, &proxy, &mut client);
        heard.change(|heard| {
            heard.under_way -= 1;
            heard
                .answers
                .extend(answer.as_deref().map(Answer::parse).ok());
        });
        answer.map(drop)
    });
    (url, overheard)
}

fn pass_on(request: &Request, proxy: &str, client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(proxy)?;
    // The end of the connection is then the end of the answer, and the client asks anew.
    write!(server, "{}Connection: close\r\n\r\n", request.head)?;
    server.write_all(&request.body)?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    let mut client_listens = true;
    loop {
        let length = server.read(&mut piece)?;
        if length == 0 {
            return Ok(answer);
        }
        answer.extend_from_slice(&piece[..length]);
        client_listens = client_listens && client.write_all(&piece[..length]).is_ok();
    }
}

/// A server of one thread per connection, on a free port, until the process ends.
fn serve(answer: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // A client that went away is no failure of the test's.
            thread::spawn(move || answer(connection).ok());
        }
    });
    format!("http://{address}")
}
