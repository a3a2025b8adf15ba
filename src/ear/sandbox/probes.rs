//! The self-test: the ear tries to break out in every way that matters and reports the kernel's answers.
#![allow(unsafe_code)] // one raw `execv`: the safe wrapper changes the process even when it fails

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::fs::XattrFlags;
use rustix::net::SendFlags;

use super::Needs;
use crate::observations::Probe;

/// Lies in the data folder while the ear tries to read, change and remove it; the desk takes it away afterwards.
pub const PROBE_FILE: &str = ".ear-probe";

/// Things that only the outside can give, taken before the walls stand.
pub struct Outside {
    /// The desk's data folder, which the ear must not be able to use.
    data: PathBuf,
    /// A connection as a client makes one: it must not be possible to turn it towards somebody else.
    accepted: TcpStream,
    /// Where that somebody else would listen.
    elsewhere: TcpListener,
    _client: TcpStream,
}

impl Outside {
    /// # Errors
    /// The data folder cannot be written or no loopback connection can be made.
    pub fn take(data: &Path) -> io::Result<Self> {
        fs::write(data.join(PROBE_FILE), "the ear must not be able to read this\n")?;
        let elsewhere = TcpListener::bind("127.0.0.1:0")?;
        let client = TcpStream::connect(elsewhere.local_addr()?)?;
        let (accepted, _) = elsewhere.accept()?;
        Ok(Self { data: data.to_owned(), accepted, elsewhere, _client: client })
    }
}

/// Tries everything; a refusal is the good answer.
pub fn try_all(outside: Outside, needs: &Needs) -> Vec<Probe> {
    let mut tried = files(&outside.data);
    tried.extend(sockets(&outside, needs));
    tried.push(("start the program /bin/true", errno(std::process::Command::new("/bin/true").status())));
    tried.push(("become the program /bin/true", errno(become_true())));
    tried.into_iter().map(|(what, errno)| Probe { what: what.to_owned(), errno }).collect()
}

fn files(data: &Path) -> Vec<(&'static str, i32)> {
    let (mark, there) = (data.join("ear_wrote"), data.join(PROBE_FILE));
    vec![
        ("create a file in the data folder", errno(File::create(&mark))),
        (
            "create a file in the folder for temporary files",
            errno(File::create(std::env::temp_dir().join("ear_wrote"))),
        ),
        ("create a file in shared memory", errno(File::create("/dev/shm/ear_wrote"))),
        ("create a file where the appliance was started", errno(File::create("ear_wrote"))),
        ("append to a file in the data folder", errno(File::options().append(true).open(&there))),
        ("list the data folder", errno(fs::read_dir(data))),
        ("read a file in the data folder", errno(fs::read(&there))),
        ("read a file (/etc/hostname)", errno(fs::read("/etc/hostname"))),
        ("remove a file in the data folder", errno(fs::remove_file(&there))),
        ("store bytes beside a file (extended attribute)", {
            let stored = rustix::fs::setxattr(data, "user.ear_wrote", b"x", XattrFlags::empty());
            errno(stored.map_err(io::Error::from))
        }),
    ]
}

fn sockets(outside: &Outside, needs: &Needs) -> Vec<(&'static str, i32)> {
    let to = outside.elsewhere.local_addr().unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 9)));
    let fast_open = SendFlags::from_bits_retain(libc::MSG_FASTOPEN.cast_unsigned());
    let accepted = &outside.accepted;
    let mut tried = vec![
        ("connect to a server", errno(TcpStream::connect(to))),
        ("open a server", errno(TcpListener::bind("127.0.0.1:0"))),
        ("send a datagram", errno(UdpSocket::bind("127.0.0.1:0"))),
        (
            "turn a client's connection around",
            errno(rustix::net::connect_unspec(accepted).map_err(io::Error::from)),
        ),
        (
            "reconnect a client's connection",
            errno(rustix::net::connect(accepted, &to).map_err(io::Error::from)),
        ),
        ("send past the connection rules (fast open)", {
            errno(rustix::net::sendto(accepted, b"x", fast_open, &to).map_err(io::Error::from))
        }),
    ];
    if !needs.local_sockets {
        tried.push(("open a local socket", errno(UnixStream::pair())));
    }
    tried
}

fn become_true() -> io::Result<()> {
    let argv = [c"/bin/true".as_ptr(), std::ptr::null()];
    // SAFETY: a constant path and a null-terminated list of one argument; on success the call does not return.
    unsafe { libc::execv(argv[0], argv.as_ptr()) };
    Err(io::Error::last_os_error())
}

/// 0 when it was allowed.
fn errno<T>(result: io::Result<T>) -> i32 {
    result.map_or_else(|error| error.raw_os_error().unwrap_or(-1), |_| 0)
}
