use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;

use super::*;

/// What a child process is told: the folder of the box, and after which step it is killed.
const KILLED: &str = "UNDERTONE_TEST_KILLED";

const MANAGER: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 1
case "$1 $2" in
"stop undertone.service") rm -f running ;;
"reset-failed undertone.service") ;;
"start undertone.service") [ -e running ] || { programs/current/undertone serve && touch running; } ;;
"start undertone-keep.service") [ ! -e running ] && rm -f kept/* && cp data/* kept ;;
"start undertone-return.service") [ ! -e running ] && cp kept/* data ;;
"show --property=Listen") echo "Listen=127.0.0.1:$(cat port) (Stream)" ;;
*) exit 1 ;;
esac
"#;

/// A program that keeps data in a way of its own and reads what is older. A `bad` one starts, and never gets ready.
fn program(number: &str, data: u32, bad: bool) -> String {
    format!(
        "#!/bin/sh\n# bad={bad}\n[ \"$1\" = --version ] && exec echo 'undertone {number} (data {data})'\n\
         [ \"$(cat data/schema)\" -le {data} ] || exit 1\necho {data} >data/schema\n"
    )
}

/// A box with a program that runs, another that waits, and an update that was begun.
struct World {
    folder: tempfile::TempDir,
    /// Who answers for the page; ends with the test.
    port: u16,
}

impl World {
    fn new(data: u32, bad: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        for name in ["programs", "data", "kept"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        fs::write(root.join("data/schema"), "12\n").unwrap();
        fs::write(root.join("data/records"), "all of them").unwrap();
        fs::write(root.join("systemctl"), MANAGER).unwrap();
        fs::set_permissions(root.join("systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
        let page = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = page.local_addr().unwrap().port();
        fs::write(root.join("port"), port.to_string()).unwrap();
        std::thread::spawn(move || answer(&page, &root));
        let world = Self { folder, port };
        let slots = world.slots();
        slots.stage("a", program("1.0.0", 12, false).as_bytes()).unwrap();
        slots.point(Link::Current, "a").unwrap();
        slots.point(Link::Trusted, "a").unwrap();
        world.manager().start().unwrap();
        slots.stage("b", program("2.0.0", data, bad).as_bytes()).unwrap();
        let journal = Journal {
            phase: Phase::Begun,
            from: "a".into(),
            to: "b".into(),
            moves: data != 12,
            // One look, at once.
            watch_s: 0,
        };
        journal.write(&slots).unwrap();
        world
    }

    fn slots(&self) -> Slots {
        Slots::new(&self.folder.path().join("programs"))
    }

    fn manager(&self) -> Manager {
        manager(self.folder.path())
    }

    fn runs(&self) -> bool {
        self.folder.path().join("running").exists()
    }

    fn schema(&self) -> u32 {
        fs::read_to_string(self.folder.path().join("data/schema")).unwrap().trim().parse().unwrap()
    }

    /// Settles in a process of its own that is killed after so many steps; whether it was.
    fn killed_after(&self, steps: usize) -> bool {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "app::update::tests::a_child_that_is_killed"]);
        let output = child.env(KILLED, format!("{steps} {}", self.folder.path().display())).output().unwrap();
        assert!(output.status.signal() == Some(9) || output.status.success(), "{output:?}");
        output.status.signal() == Some(9)
    }
}

fn manager(root: &Path) -> Manager {
    Manager::found(Some(&root.join("systemctl")), &root.join("kept")).unwrap()
}

/// The page: ready while the appliance runs, with a program that gets ready.
fn answer(page: &TcpListener, root: &Path) {
    for mut stream in page.incoming().map_while(Result::ok) {
        let bad = fs::read_to_string(root.join("programs/current/undertone"));
        let ready = root.join("running").exists() && bad.is_ok_and(|bad| bad.contains("bad=false"));
        let _ = stream.read(&mut [0; 1024]);
        let status = if ready { "200 OK" } else { "503 Service Unavailable" };
        let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
}

/// Does nothing unless it is the child of the test below.
#[test]
fn a_child_that_is_killed() {
    let Ok(told) = std::env::var(KILLED) else { return };
    let (steps, root) = told.split_once(' ').unwrap();
    let (mut left, root): (usize, _) = (steps.parse().unwrap(), Path::new(root));
    settle::settle(&Slots::new(&root.join("programs")), &manager(root), &mut |_| {
        left -= 1;
        if left == 0 {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
        }
    })
    .unwrap();
}

/// Whichever step was the last: the service manager begins again, or the power was gone and the machine starts anew.
#[test]
fn cut_short_at_any_step_the_old_or_the_new_runs_over_data_that_it_reads() {
    for (data, bad, power) in [12, 13]
        .into_iter()
        .flat_map(|data| [(data, false), (data, true)])
        .flat_map(|(data, bad)| [(data, bad, false), (data, bad, true)])
    {
        let mut kills = 0;
        for steps in 1.. {
            let world = World::new(data, bad);
            if !world.killed_after(steps) {
                break;
            }
            kills += 1;
            let mut more = "";
            let at = format!("data {data}, bad {bad}, power {power}, killed after step {steps}");
            if power {
                let _ = world.manager().stop();
                world.manager().start().unwrap_or_else(|error| panic!("{at}: the machine starts: {error}"));
                // The old program takes something; of the new one, before it has held, nothing is promised.
                if world.slots().named(Link::Current).as_deref() == Some("a") {
                    fs::write(world.folder.path().join("data/records"), "all of them and one more").unwrap();
                    more = " and one more";
                }
            }
            let settled = settle::settle(&world.slots(), &world.manager(), &mut |_| ()).unwrap();
            let (slot, schema) = if bad { ("a", 12) } else { ("b", data) };
            assert!(settled.is_none_or(|outcome| outcome.kept != bad), "{at}");
            assert!(world.runs(), "{at}: nothing runs");
            assert_eq!(world.slots().named(Link::Current).as_deref(), Some(slot), "{at}");
            assert_eq!(world.slots().named(Link::Trusted).as_deref(), Some(slot), "{at}");
            assert_eq!(world.schema(), schema, "{at}");
            assert!(Journal::read(&world.slots()).unwrap().is_none(), "{at}");
            assert_eq!(
                fs::read_to_string(world.folder.path().join("data/records")).unwrap(),
                format!("all of them{more}"),
                "{at}"
            );
        }
        assert!(kills >= 8, "{kills} kills");
    }
}

#[test]
fn what_does_not_get_ready_goes_back_and_says_why() {
    let world = World::new(13, true);
    let outcome = settle::settle(&world.slots(), &world.manager(), &mut |_| ()).unwrap().unwrap();
    assert!(
        !outcome.kept && outcome.said.contains("503") && outcome.said.contains("runs again"),
        "{outcome:?}"
    );
    assert_eq!(Outcome::read(&world.slots()), Some(outcome));
    assert_eq!(world.schema(), 12);
    let back = prepare(&arguments(&world, &["--back"]), &world.slots()).err().unwrap().to_string();
    assert!(back.contains("no program to go back to"), "{back}");
}

#[test]
fn data_that_cannot_be_kept_stops_an_update_before_the_new_program_runs() {
    let world = World::new(13, false);
    fs::remove_dir_all(world.folder.path().join("kept")).unwrap();
    let outcome = settle::settle(&world.slots(), &world.manager(), &mut |_| ()).unwrap().unwrap();
    assert!(!outcome.kept && outcome.said.contains("undertone-keep.service"), "{outcome:?}");
    assert!(world.runs() && world.schema() == 12);
    assert_eq!(world.slots().named(Link::Current).as_deref(), Some("a"));
}

#[test]
fn an_appliance_that_stops_being_ready_is_not_kept() {
    let world = World::new(12, false);
    let running = world.folder.path().join("running");
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        fs::remove_file(running).unwrap();
    });
    let watched = world.manager().watch(std::time::Duration::from_secs(2)).unwrap_err();
    assert!(watched.contains(&format!("127.0.0.1:{}/readyz", world.port)), "{watched}");
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/update").join(name)
}

/// The signed program with one of its signatures; `change` may spoil it.
fn opened(signature: &str, change: impl Fn(&mut Vec<u8>)) -> Result<bundle::Number, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("update");
    let mut bytes = fs::read(fixture("program")).unwrap();
    change(&mut bytes);
    fs::write(&file, bytes).unwrap();
    fs::copy(fixture(signature), folder.path().join("update.minisig")).unwrap();
    bundle::open(&file, &fixture("update.pub")).map(|(_, number)| number)
}

#[test]
fn only_what_the_key_signed_for_this_machine_is_taken() {
    let mine = format!("{}.minisig", bundle::machine());
    assert_eq!(opened(&mine, |_| ()).unwrap().to_string(), "2.0.0");
    for (signature, spoil, part) in [
        (mine.as_str(), Some(0), "does not hold"),
        ("m68k.minisig", None, "is signed as `undertone 2.0.0 m68k`"),
        ("other.minisig", None, "is signed as `timestamp:1 file:x`"),
        ("program", None, "is no signature"),
    ] {
        let refused = opened(signature, |bytes| {
            spoil.into_iter().for_each(|at: usize| bytes[at] ^= 1);
        });
        let refused = refused.unwrap_err();
        assert!(refused.contains(part), "{signature}: {refused}");
    }
    let truncated = opened(&mine, |bytes| bytes.truncate(20)).unwrap_err();
    assert!(truncated.contains("does not hold"), "{truncated}");
    let (unsigned, no_key) = (fixture("program"), fixture("absent"));
    assert!(
        bundle::open(&unsigned, &fixture("update.pub")).unwrap_err().contains("comes with its signature")
    );
    assert!(bundle::open(&unsigned, &no_key).unwrap_err().contains("--key"));
}

#[test]
fn versions_are_numbers_and_what_says_none_is_refused() {
    let number = |text: &str| text.parse::<bundle::Number>();
    assert!(number("0.10.0").unwrap() > number("0.9.9").unwrap());
    for text in ["", "1", "1.2", "1.2.3.4", "1.2.x", "v1.2.3", "1.2.3-beta"] {
        assert!(number(text).is_err(), "{text}");
    }
    let refused = Version::of(Path::new("/bin/echo")).unwrap_err();
    assert!(refused.contains("is not Undertone"), "{refused}");
}

fn arguments(world: &World, words: &[&str]) -> Arguments {
    use clap::Parser;
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        update: Arguments,
    }
    let programs = world.folder.path().join("programs");
    let key = fixture("update.pub");
    let line = ["update", "--programs", programs.to_str().unwrap(), "--key", key.to_str().unwrap()];
    Line::parse_from(line.iter().chain(words)).update
}

#[test]
fn an_update_is_newer_and_going_back_needs_a_program_that_reads_the_data() {
    let world = World::new(13, false);
    fs::remove_file(world.folder.path().join("programs/update.json")).unwrap();
    let slots = world.slots();
    let file = world.folder.path().join("update");
    fs::copy(fixture("program"), &file).unwrap();
    fs::copy(fixture(&format!("{}.minisig", bundle::machine())), world.folder.path().join("update.minisig"))
        .unwrap();
    let file = file.to_str().unwrap();
    let wanted = prepare(&arguments(&world, &[file]), &slots).unwrap().unwrap();
    assert_eq!((wanted.version.number.to_string(), wanted.to, wanted.moves), ("2.0.0".into(), "b", true));
    slots.point(Link::Trusted, "b").unwrap();
    let same = prepare(&arguments(&world, &[file]), &slots).err().unwrap().to_string();
    assert!(same.contains("an update is newer"), "{same}");
    let back = prepare(&arguments(&world, &["--back"]), &slots).err().unwrap().to_string();
    assert!(back.contains("cannot read what undertone 2.0.0 keeps"), "{back}");
    slots.stage("a", program("1.5.0", 13, false).as_bytes()).unwrap();
    let back = prepare(&arguments(&world, &["--back"]), &slots).unwrap().unwrap();
    assert_eq!((back.version.number.to_string(), back.to), ("1.5.0".into(), "a"));
}

#[test]
fn what_the_package_brought_does_not_replace_something_newer() {
    let world = World::new(12, false);
    let slots = world.slots();
    let brought = world.folder.path().join("brought");
    let packaged = |number: &str| {
        fs::write(&brought, program(number, 12, false)).unwrap();
        fs::set_permissions(&brought, fs::Permissions::from_mode(0o755)).unwrap();
        prepare(&arguments(&world, &["--packaged", brought.to_str().unwrap()]), &slots).unwrap()
    };
    assert!(packaged("1.0.0").is_none() && packaged("0.9.0").is_none());
    assert_eq!(packaged("1.0.1").unwrap().to, "b");
}
