//! System calls that Landlock does not govern, refused by a seccomp filter.

use libc::*;
use seccompiler::SeccompCmpArgLen::Dword;
use seccompiler::{BpfProgram, SeccompAction, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

use super::{Needs, SandboxError, failed};

/// Calls newer than the `libc` crate's list.
const SYS_FCHMODAT2: i64 = 452;
const SYS_SETXATTRAT: i64 = 463;

type Rules = Vec<(i64, Vec<SeccompRule>)>;
type Result<T> = std::result::Result<T, SandboxError>;

/// No new sockets (or only local ones), processes, programs, extended attributes, modes, shared memory, keys or mounts.
pub fn restrict(needs: &Needs) -> Result<()> {
    let mut rules: Rules = never().into_iter().map(|call| (call, vec![])).collect();
    if needs.local_sockets {
        for call in [SYS_socket, SYS_socketpair] {
            rules.push((call, vec![when(0, SeccompCmpOp::Ne, AF_UNIX)?]));
        }
    } else {
        rules.extend([SYS_socket, SYS_socketpair, SYS_connect].map(|call| (call, vec![])));
    }
    // Threads may start, processes may not.
    rules.push((SYS_clone, vec![when(0, SeccompCmpOp::MaskedEq(CLONE_THREAD as u64), 0)?]));
    rules.push((SYS_prctl, vec![when(0, SeccompCmpOp::Eq, PR_SET_DUMPABLE)?]));
    // TCP fast open connects past Landlock.
    for (call, flags) in [(SYS_sendto, 3), (SYS_sendmsg, 2), (SYS_sendmmsg, 3)] {
        let fast_open = SeccompCmpOp::MaskedEq(MSG_FASTOPEN as u64);
        rules.push((call, vec![when(flags, fast_open, MSG_FASTOPEN)?]));
    }
    apply(&program(rules, EPERM)?)?;
    // "Not there" rather than "not allowed": libc then uses clone, whose flags the filter can see.
    apply(&program(vec![(SYS_clone3, vec![])], ENOSYS)?)?;
    #[cfg(target_arch = "x86_64")]
    apply(&no_x32())?;
    Ok(())
}

fn never() -> Vec<i64> {
    let mut never = vec![
        SYS_execve,
        SYS_execveat, // programs
        SYS_bind,
        SYS_listen, // new servers
        SYS_ptrace,
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_pidfd_getfd,
        SYS_kcmp, // other processes
        SYS_io_uring_setup,
        SYS_io_uring_enter,
        SYS_io_uring_register, // opens sockets past the filter
        SYS_setxattr,
        SYS_lsetxattr,
        SYS_fsetxattr,
        SYS_SETXATTRAT, // bytes beside a file's content
        SYS_fchmod,
        SYS_fchmodat,
        SYS_FCHMODAT2,
        SYS_fchown,
        SYS_fchownat,
        SYS_utimensat,
        SYS_shmget,
        SYS_msgget,
        SYS_semget,
        SYS_mq_open,
        SYS_add_key,
        SYS_keyctl,
        SYS_request_key, // outlive us
        SYS_bpf,
        SYS_perf_event_open,
        SYS_userfaultfd,
        SYS_mount,
        SYS_umount2,
        SYS_move_mount,
        SYS_open_tree,
        SYS_fsopen,
        SYS_fsmount,
        SYS_pivot_root,
        SYS_chroot,
        SYS_unshare,
        SYS_setns,
        SYS_open_by_handle_at,
        SYS_kexec_load,
        SYS_init_module,
        SYS_finit_module,
    ];
    #[cfg(target_arch = "x86_64")]
    never.extend([
        SYS_fork,
        SYS_vfork,
        SYS_chmod,
        SYS_chown,
        SYS_lchown,
        SYS_utime,
        SYS_utimes,
        SYS_futimesat,
    ]);
    never
}

/// The second numbering of every call on x86-64: refused as a whole.
#[cfg(target_arch = "x86_64")]
fn no_x32() -> BpfProgram {
    let step = |code, jf, k| seccompiler::sock_filter { code, jt: 0, jf, k };
    const REFUSE: u32 = 0x0005_0000 | EPERM as u32;
    const ALLOW: u32 = 0x7fff_0000;
    const X32_BIT: u32 = 0x4000_0000;
    // Load the call's number; skip the refusal unless it is at least the x32 bit.
    vec![step(0x20, 0, 0), step(0x35, 1, X32_BIT), step(0x06, 0, REFUSE), step(0x06, 0, ALLOW)]
}

fn when(argument: u8, is: SeccompCmpOp, value: i32) -> Result<SeccompRule> {
    let condition = SeccompCondition::new(argument, Dword, is, u64::from(value.cast_unsigned()));
    condition.and_then(|one| SeccompRule::new(vec![one])).map_err(failed("system call rule"))
}

fn program(rules: Rules, errno: i32) -> Result<BpfProgram> {
    let arch = std::env::consts::ARCH
        .try_into()
        .map_err(failed::<seccompiler::BackendError>("system call filter"))?;
    let refuse = SeccompAction::Errno(errno.cast_unsigned());
    let filter = SeccompFilter::new(rules.into_iter().collect(), SeccompAction::Allow, refuse, arch);
    filter.and_then(TryInto::try_into).map_err(failed("system call filter"))
}

fn apply(program: &BpfProgram) -> Result<()> {
    seccompiler::apply_filter_all_threads(program).map_err(failed("system call filter"))
}
