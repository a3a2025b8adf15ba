//! The real gpsd, fed by gpsfake with a recorded track, as the appliance's own receiver.

use std::process::{Child, Command, Stdio};

use crate::appliance::wait_until;
use crate::located::{House, LAT, LON};

/// Ends the program that it holds.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

fn checked(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("${body}*{sum:02X}\r\n")
}

fn degrees(value: f64, width: usize) -> String {
    let minutes = (value.fract() * 60.0 * 1e4).round() / 1e4;
    format!("{:0width$}{minutes:07.4}", value.trunc() as i64)
}

/// Two minutes of RMC and GGA at 1 Hz from now on, standing at the client's door.
fn nmea() -> String {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let at = |n: i64, form: &str| -> String {
        let sql = format!("SELECT strftime('{form}', 'now', '-120 seconds', ? || ' seconds')");
        connection.query_row(&sql, [n], |row| row.get(0)).unwrap()
    };
    let sentences = (0..120).map(|n| {
        let (time, date) = (at(n, "%H%M%S"), at(n, "%d%m"));
        let year = &at(n, "%Y")[2..];
        let (lat, lon) = (degrees(LAT + n as f64 * 1e-6, 2), degrees(LON, 3));
        checked(&format!("GPRMC,{time}.00,A,{lat},N,{lon},E,0.2,45.0,{date}{year},,,A"))
            + &checked(&format!("GPGGA,{time}.00,{lat},N,{lon},E,1,09,0.9,12.0,M,8.0,M,,"))
    });
    sentences.collect()
}

#[test]
fn the_appliances_own_receiver_reports_for_who_enrolled_it() {
    let installed = |program: &str| {
        Command::new(program).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    if !["gpsd", "gpsfake"].into_iter().all(installed) {
        eprintln!(
            "skipped: gpsd and gpsfake are not installed; the Debian packages are gpsd and gpsd-clients"
        );
        return;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let house = House::with(|command| {
        command.env("UNDERTONE_GPSD", format!("127.0.0.1:{port}"));
    });
    house.agree();
    house.enrol("gpsd");
    let track = house.appliance.folder.path().join("track.nmea");
    std::fs::write(&track, nmea()).unwrap();
    let mut gpsfake = Command::new("gpsfake");
    gpsfake.args(["-c", "0.05", "-P", &port.to_string()]).arg(&track);
    let _gpsfake = Running(gpsfake.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let stored = || house.count("SELECT count(*) FROM fixes WHERE source = 'gpsd'");
    wait_until("positions of gpsd", || stored() >= 3);
    let off = house.count(&format!(
        "SELECT count(*) FROM fixes WHERE abs(lat - {LAT}) > 1e-3 OR abs(lon - {LON}) > 1e-3"
    ));
    assert_eq!(off, 0, "they are where the track is");
}
