//! What the box itself does for the appliance: whether it is a service, what would get its memory onto a disk.

use std::fs;
use std::path::Path;

use super::Finding;

/// Where a package and an operator put units; the operator's come first.
const UNITS: [&str; 2] = ["etc/systemd/system", "usr/lib/systemd/system"];

const SERVICE: &str = "undertone.service";

/// Looks at the machine whose root folder this is.
pub fn look(root: &Path) -> Vec<(&'static str, Finding)> {
    let unit = UNITS.iter().find_map(|units| fs::read_to_string(root.join(units).join(SERVICE)).ok());
    vec![
        ("service", service(root, unit.as_deref())),
        ("swap", swap(root, unit.as_deref())),
        ("core dumps", core_dumps(root)),
        ("update", update(root)),
    ]
}

fn service(root: &Path, unit: Option<&str>) -> Finding {
    let enabled = root.join("etc/systemd/system/multi-user.target.wants").join(SERVICE);
    match unit {
        None => Finding::Ok("none is installed; the appliance is started by hand".into()),
        Some(_) if enabled.symlink_metadata().is_err() => Finding::Warning(
            "undertone.service does not start with the machine: `systemctl enable --now undertone`".into(),
        ),
        Some(unit) if !sets(unit, "WatchdogSec") => Finding::Warning(
            "undertone.service has no WatchdogSec=, so an appliance that hangs is not started again: take the unit of \
             the package"
                .into(),
        ),
        Some(_) => Finding::Ok("undertone.service starts with the machine and is watched".into()),
    }
}

/// What the last update came to.
fn update(root: &Path) -> Finding {
    let programs = root.join("opt/undertone");
    if programs.join("update.json").exists() {
        return Finding::Warning(
            "one is on its way: `journalctl -u undertone-settle` says how far it is".into(),
        );
    }
    let outcome = fs::read(programs.join("outcome.json")).unwrap_or_default();
    let outcome: serde_json::Value = serde_json::from_slice(&outcome).unwrap_or_default();
    match (outcome["kept"].as_bool(), outcome["said"].as_str()) {
        (Some(true), _) => Finding::Ok("the last one held".into()),
        (Some(false), Some(said)) => Finding::Warning(format!("the last one was taken back: {said}")),
        _ => Finding::Ok("there was none yet".into()),
    }
}

fn swap(root: &Path, unit: Option<&str>) -> Finding {
    let swaps = fs::read_to_string(root.join("proc/swaps")).unwrap_or_default();
    if swaps.lines().count() <= 1 {
        return Finding::Ok("off".into());
    }
    if unit.is_some_and(|unit| unit.lines().any(|line| line.trim() == "MemorySwapMax=0")) {
        return Finding::Ok("on, but not for undertone.service".into());
    }
    Finding::Warning("swap is on: sound is kept out of it by locked memory; switching it off is safer".into())
}

/// The ear tells the kernel that it may not be dumped; the desk knows what is kept.
fn core_dumps(root: &Path) -> Finding {
    let pattern = fs::read_to_string(root.join("proc/sys/kernel/core_pattern")).unwrap_or_default();
    let pattern = pattern.trim();
    if matches!(pattern, "" | "|/bin/false" | "|/usr/bin/false" | "/dev/null") {
        return Finding::Ok("off".into());
    }
    if pattern.contains("systemd-coredump") && coredump_keeps_nothing(root) {
        return Finding::Ok("systemd-coredump keeps none".into());
    }
    Finding::Warning(format!(
        "a fallen program would be written by `{pattern}`: `sysctl kernel.core_pattern='|/bin/false'`"
    ))
}

/// The last word of systemd-coredump's settings, as it reads them: the main file, then the others by name.
fn coredump_keeps_nothing(root: &Path) -> bool {
    let folders = ["etc/systemd/coredump.conf.d", "usr/lib/systemd/coredump.conf.d"];
    let named =
        folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).into_iter().flatten().flatten());
    let mut named: Vec<_> =
        named.map(|entry| entry.path()).filter(|path| path.extension() == Some("conf".as_ref())).collect();
    named.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
    named.insert(0, root.join("etc/systemd/coredump.conf"));
    let texts: Vec<_> = named.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    let last = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.trim().strip_prefix("Storage="))
        .next_back();
    last.is_some_and(|storage| storage.trim() == "none")
}

fn sets(unit: &str, name: &str) -> bool {
    unit.lines()
        .any(|line| line.trim().strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('=')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of a machine, and what is said of it, marked `ok` or `warning`.
    #[track_caller]
    fn check(files: &[(&str, &str)], what: &str, mark: &str, part: &str) {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = look(root.path());
        let (_, finding) = found.iter().find(|(name, _)| *name == what).unwrap();
        let (found, said) = match finding {
            Finding::Ok(said) => ("ok", said),
            Finding::Warning(said) => ("warning", said),
            Finding::Failed(said) => ("failed", said),
        };
        assert!(found == mark && said.contains(part), "{what}: {found}, {said}");
    }

    const PACKAGED: &str = "usr/lib/systemd/system/undertone.service";
    const WANTED: (&str, &str) = ("etc/systemd/system/multi-user.target.wants/undertone.service", "");
    const SWAPS: (&str, &str) = ("proc/swaps", "Filename Type\n/dev/zram0 partition\n");

    #[test]
    fn a_service_is_installed_started_with_the_machine_and_watched() {
        check(&[], "service", "ok", "by hand");
        check(&[(PACKAGED, "WatchdogSec=60")], "service", "warning", "systemctl enable");
        check(&[(PACKAGED, "Type=notify"), WANTED], "service", "warning", "WatchdogSec=");
        check(&[(PACKAGED, "WatchdogSec=60"), WANTED], "service", "ok", "is watched");
        let own = ("etc/systemd/system/undertone.service", "Type=simple");
        check(&[(PACKAGED, "WatchdogSec=60"), own, WANTED], "service", "warning", "WatchdogSec=");
    }

    #[test]
    fn swap_counts_unless_the_service_has_none() {
        check(&[("proc/swaps", "Filename Type\n")], "swap", "ok", "off");
        check(&[SWAPS], "swap", "warning", "swap is on");
        check(&[SWAPS, (PACKAGED, "MemorySwapMax=0")], "swap", "ok", "not for undertone.service");
    }

    #[test]
    fn an_update_that_is_unfinished_or_was_taken_back_is_told() {
        let outcome = "opt/undertone/outcome.json";
        check(&[], "update", "ok", "none yet");
        check(&[(outcome, r#"{"kept":true,"said":"it held"}"#)], "update", "ok", "held");
        check(
            &[(outcome, r#"{"kept":false,"said":"not ready"}"#)],
            "update",
            "warning",
            "taken back: not ready",
        );
        check(&[("opt/undertone/update.json", "{}"), (outcome, "")], "update", "warning", "on its way");
    }

    #[test]
    fn a_program_that_falls_is_written_nowhere() {
        let pattern = |pattern| ("proc/sys/kernel/core_pattern", pattern);
        check(&[pattern("|/bin/false\n")], "core dumps", "ok", "off");
        check(&[pattern("core\n")], "core dumps", "warning", "`core`");
        let caught = pattern("|/lib/systemd/systemd-coredump %P\n");
        let (none, own) =
            ("usr/lib/systemd/coredump.conf.d/undertone.conf", "etc/systemd/coredump.conf.d/zz.conf");
        check(&[caught], "core dumps", "warning", "systemd-coredump");
        check(&[caught, (none, "Storage=none")], "core dumps", "ok", "keeps none");
        check(
            &[caught, (none, "Storage=none"), (own, "Storage=external")],
            "core dumps",
            "warning",
            "written",
        );
    }
}
