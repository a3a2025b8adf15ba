//! Files and TCP connections, refused by the kernel's Landlock rules.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
    path_beneath_rules,
};

use super::{Needs, SandboxError, failed};

/// The newest rules known here; an older kernel enforces what it can.
const NEWEST: ABI = ABI::V10;

/// No file may be written, created, removed or executed, none read but those in `needs`; no TCP port may be bound or
/// connected to; no signal and no abstract socket reaches another process.
pub fn restrict(needs: &Needs) -> Result<String, SandboxError> {
    let rules = || {
        let read = AccessFs::ReadFile | AccessFs::ReadDir; // no Execute anywhere: dlopen needs only ReadFile
        let device = read | AccessFs::WriteFile | AccessFs::IoctlDev;
        let mut rules = Ruleset::default()
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .add_rules(path_beneath_rules(&needs.read, read))?
            .add_rules(path_beneath_rules(&needs.devices, device))?;
        if needs.local_sockets {
            rules = rules.add_rules(path_beneath_rules(sound_server_sockets(), AccessFs::ResolveUnix))?;
        }
        rules.restrict_self()
    };
    let status = rules().map_err(failed::<landlock::RulesetError>("Landlock"))?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err(failed("Landlock")("this kernel has none (Linux 5.13 or later has)"));
    }
    Ok(match status.landlock {
        landlock::LandlockStatus::Available { effective_abi, .. } => {
            format!("Landlock ABI {}", effective_abi as i32)
        }
        _ => "Landlock".to_owned(),
    })
}

/// From ABI 9 on the sockets in these folders are the only local ones that can be reached; older kernels let any be
/// reached. Folders, because a sound server that restarts makes a new socket.
fn sound_server_sockets() -> Vec<PathBuf> {
    let named = std::env::var("PULSE_SERVER").ok().and_then(|at| at.strip_prefix("unix:").map(PathBuf::from));
    let named = named.as_deref().and_then(Path::parent).map(Path::to_owned);
    let usual = ["PULSE_RUNTIME_PATH", "XDG_RUNTIME_DIR"]
        .into_iter()
        .filter_map(|name| Some(PathBuf::from(std::env::var_os(name)?).join("pulse")));
    named.into_iter().chain(usual).collect()
}
