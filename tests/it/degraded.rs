//! On a kernel without the walls the appliance runs degraded and says so, or refuses when it was told to.

use std::process::Command;

use serde_json::json;

use crate::appliance::{Appliance, command, connect, hear_close, say, send};

/// The kernel answers "not there" to Landlock's system calls, as an old one does.
fn without_landlock(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    let landlock =
        [libc::SYS_landlock_create_ruleset, libc::SYS_landlock_add_rule, libc::SYS_landlock_restrict_self];
    let program: seccompiler::BpfProgram = seccompiler::SeccompFilter::new(
        landlock.into_iter().map(|call| (call, vec![])).collect(),
        seccompiler::SeccompAction::Allow,
        seccompiler::SeccompAction::Errno(libc::ENOSYS.cast_unsigned()),
        std::env::consts::ARCH.try_into().unwrap(),
    )
    .unwrap()
    .try_into()
    .unwrap();
    // SAFETY: between fork and exec the closure makes only system calls.
    unsafe {
        command.pre_exec(move || {
            seccompiler::apply_filter(&program).map_err(|_| std::io::Error::other("no filter"))
        });
    }
}

#[test]
fn an_old_kernel_makes_the_ear_degraded_and_every_receipt_says_so() {
    let appliance = Appliance::start_with(without_landlock);
    let (_, sandbox) = appliance.get("/api/v1/sandbox");
    assert_eq!(sandbox["level"], json!("degraded"), "{sandbox}");
    let why = sandbox["why"].to_string();
    assert!(why.contains("Landlock") && why.contains("create a file in the data folder"), "{why}");

    let (id, url) = appliance.open("mono");
    let mut socket = connect(&url, 16_000, 1);
    send(&mut socket, &[0; 16_000], 640);
    say(&mut socket, &json!({ "type": "stop" }));
    assert_eq!(hear_close(&mut socket).0, 1000);
    let (_, receipt) = appliance.get(&format!("/api/v1/calls/{id}/receipt"));
    assert_eq!(receipt["sandbox"]["level"], json!("degraded"), "{receipt}");
}

#[test]
fn an_old_kernel_is_refused_where_walls_are_required() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(&folder.path().join("data"));
    without_landlock(&mut command);
    let output = command
        .env("UNDERTONE_PRIVACY__REQUIRE_SANDBOX", "true")
        .stderr(std::process::Stdio::piped())
        .output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("privacy.require_sandbox"), "{said}");
}
